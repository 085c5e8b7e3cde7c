import t from 'tap';
import fc from 'fast-check';
import { remedy, says } from '../../../core/faults/fault.js';
import { nodeId } from '../../../core/ids.js';
import { consoleArgv, ipmitoolArgv, ipmitoolEnvironment, type IpmiCommand } from '../../../drivers/ipmi/argv.js';
import { classify } from '../../../drivers/ipmi/classify.js';
import { IPMI_DEFAULTS, type IpmiConfig } from '../../../drivers/ipmi/config.js';
import { commandLimit_ms } from '../../../drivers/ipmi/ipmitool.js';
import { bootdevCommand, bootFlagsOf, identityOf, powerOf } from '../../../drivers/ipmi/parse.js';
import { restartReason } from '../../../drivers/ipmi/restart.js';
import { recordsOf, sensorsOf } from '../../../drivers/ipmi/tables.js';
import { endingOf, isOperational, isTaken, withoutBanner } from '../../../drivers/ipmi/sol-output.js';
import { callLimit_ms, silence_ms, unreachable_ms } from '../../../drivers/ipmi/timing.js';
import { IPMITOOL_TEXTS, LOG_ROWS, SENSOR_ROWS } from './ipmitool-texts.js';

const config: IpmiConfig = {
  ...IPMI_DEFAULTS,
  node: nodeId('root1'),
  address: '10.0.0.5',
  user: 'admin',
  timing: { answer_s: 1, tries: 1 },
};

void t.test('ipmi argv: each command -> these very words, and no password among them', async (t) => {
  const line = (command: IpmiCommand, changes: Partial<IpmiConfig> = {}): string =>
    ipmitoolArgv({ ...config, ...changes }, command).join(' ');
  const login = 'ipmitool -I lanplus -H 10.0.0.5 -p 623 -U admin -E -L ADMINISTRATOR -C 3 -N 1 -R 1';
  t.equal(line({ words: ['chassis', 'power', 'status'] }), `${login} -v chassis power status`);
  t.equal(line({ words: ['-c', 'sel', 'elist'], isTable: true }), `${login} -Z -c sel elist`);
  t.equal(
    line(
      { words: ['mc', 'info'] },
      { address: 'fd00::5', port: 19001, user: 'oper', privilege: 'OPERATOR', cipherSuite: 17 },
    ),
    'ipmitool -I lanplus -H fd00::5 -p 19001 -U oper -E -L OPERATOR -C 17 -N 1 -R 1 -v mc info',
  );
  t.equal(consoleArgv(config).join(' '), `${login} -v -e  sol activate`);
  t.match(bootdevCommand({ device: 'network', lasts: 'once' }, false).words, ['chassis', 'bootdev', 'pxe']);
  t.equal(bootdevCommand({ device: 'usb', lasts: 'always' }, true).words.at(-1), 'options=persistent,efiboot');
  t.match(ipmitoolEnvironment('opensesame'), { IPMITOOL_PASSWORD: 'opensesame', IPMI_PASSWORD: 'opensesame' });
});

for (const [situation, { means, output = '', ...text }] of Object.entries(IPMITOOL_TEXTS)) {
  void t.test(`ipmi cause: ${situation} -> ${means.code ?? ''}`, async (t) => {
    const fault = classify({ config, signal: null, output, ...text });
    t.match(fault, { ...means, node: 'root1', bmc: '10.0.0.5:623' });
    t.ok(says(fault).length > 0 && remedy(fault).length > 0);
  });
}

void t.test('ipmi cause: for every text -> a Fault of ours, with no more of it than a line', async (t) => {
  const words = fc.constantFrom('failed', ': ', '\n', 'Error', 'RAKP 2', 'Unspecified error', 'timeout', '\u0000', 'x');
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 400 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, texts, fc.constantFrom(0, 1, null), (errorText, output, exitCode) => {
      const fault = classify({ config, command: 'mc info', exitCode, signal: null, output, errorText });
      return fault.code.startsWith('IPM-') && !says(fault).includes('\n') && says(fault).length < 500;
    }),
  );
  t.pass();
});

void t.test('ipmi timing: how long a dead BMC takes -> as measured, to a tenth of a second', async (t) => {
  // -N, -R, seconds until ipmitool 1.8.19 gave up an address where nobody listens.
  for (const [answer_s, tries, measured_s] of [
    [1, 4, 20.07],
    [1, 1, 2.02],
    [1, 3, 12.06],
    [2, 1, 4.03],
    [2, 3, 18.06],
  ] as const) {
    const said_s = unreachable_ms({ answer_s, tries }) / 1000;
    t.ok(Math.abs(said_s - measured_s) < 0.1, `${said_s} s`);
  }
});

void t.test('ipmi timing: for every timing and command -> a bound, and more patience never lowers it', async (t) => {
  const timings = fc.record({ answer_s: fc.integer({ min: 1, max: 30 }), tries: fc.integer({ min: 1, max: 10 }) });
  fc.assert(
    fc.property(timings, fc.nat(500), (timing, exchanges) => {
      const tries = Array.from({ length: timing.tries }, (_, one) => 1000 * (timing.answer_s + one));
      const limit_ms = callLimit_ms(timing, exchanges);
      const whole_ms = commandLimit_ms({ ...config, timing }, { words: [], exchanges });
      return (
        silence_ms(timing) === tries.reduce((sum, one) => sum + one, 0) &&
        limit_ms > unreachable_ms(timing) &&
        whole_ms >= 2 * limit_ms &&
        callLimit_ms({ ...timing, tries: timing.tries + 1 }, exchanges) > limit_ms
      );
    }),
  );
  t.pass();
});

void t.test('ipmi parse: what ipmitool prints -> power, boot flags, identity, or null', async (t) => {
  t.equal(powerOf('Chassis Power is on\n'), 'on');
  t.equal(powerOf('Chassis Power is off\n'), 'off');
  t.equal(powerOf('Chassis Power is unknown\n'), null);
  const flags = (data: string) => bootFlagsOf(`Boot parameter version: 1\nBoot parameter data: ${data}\n`);
  t.strictSame(flags('0004000000'), { isValid: false, lasts: 'once', isUefi: false, device: 'network' });
  t.strictSame(flags('e008000000'), { isValid: true, lasts: 'always', isUefi: true, device: 'disk' });
  t.match(flags('803c000000'), { device: 'usb' });
  t.match(flags('8018000000'), { device: null }, 'BIOS setup is none of ours');
  t.equal(bootFlagsOf('Error'), null);
  const info =
    'Firmware Revision         : 1.73\nIPMI Version              : 2.0\nManufacturer Name         : Supermicro\n';
  const fru = ' Board Mfg             : Supermicro\n Board Product         : X11\n Board Serial          : ZM1\n';
  t.match(identityOf({ info, guid: 'System GUID   : A0B1\n', fru }), { product: 'X11', serial: 'ZM1', guid: 'a0b1' });
  t.equal(identityOf({ info: '', guid: '', fru: '' }), null);
});

void t.test('ipmi tables: sensors and the event log -> rows, those of no sensor left out', async (t) => {
  t.strictSame(sensorsOf(SENSOR_ROWS), [
    { name: 'Intake', value: 150, unit: 'degrees C', health: 'critical', text: '' },
    { name: 'CPU1 VCORE', value: 0.98, unit: 'Volts', health: 'ok', text: '' },
    { name: 'FAN2', value: null, unit: null, health: 'absent', text: 'No Reading' },
    { name: 'PS1 Status', value: null, unit: null, health: 'ok', text: 'Presence detected' },
    { name: 'P1-DIMMA1', value: null, unit: null, health: 'absent', text: 'Disabled' },
  ]);
  t.match(recordsOf(LOG_ROWS), [
    { id: '2', at: null, about: 'Temperature Intake', severity: 'warning' },
    { id: 'a', at: '2026-05-11T12:58:41Z', says: /^Upper Critical going high, Deasserted/, severity: 'ok' },
    { id: 'c', about: 'Drive Slot / Bay #0x09', says: 'Drive Present, Asserted', severity: null },
    { id: 'd', about: 'OEM record df', says: '040020, 0d096f00ffff' },
  ]);
  t.strictSame(recordsOf(''), []);
});

void t.test('ipmi restart: only what a restart of the BMC heals asks for one', async (t) => {
  const codes = Object.entries(IPMITOOL_TEXTS).flatMap(([situation, { means, output = '', ...text }]) =>
    restartReason(classify({ config, signal: null, output, ...text })) !== null
      ? [`${means.code ?? ''} ${situation}`]
      : [],
  );
  t.strictSame(codes, [
    'IPM-005 all sessions taken',
    'IPM-007 the chassis program fails',
    'IPM-007 a boot device that is refused, with exit code 0',
    'IPM-013 a BMC that starts up',
  ]);
});

void t.test('sol output: for every cutting -> what the node said, without the banner in front of it', async (t) => {
  const banner = '[SOL Session operational.  Use \u0000? for help]\n';
  const said = fc.constantFrom('', 'login: ', '[SOL Session', '[    0.000000] Linux', '\u00ff\r\n', banner);
  fc.assert(
    fc.property(fc.boolean(), said, fc.array(fc.nat(60)), (hasBanner, text, cuts) => {
      const plain = withoutBanner();
      let rest = hasBanner ? banner + text : text;
      // Without the banner, and less than one, nothing tells yet that it is none.
      if (!hasBanner && banner.startsWith(text.slice(0, banner.length))) return true;
      let heard = '';
      for (const length of [...cuts, rest.length]) {
        heard += plain(rest.slice(0, length));
        rest = rest.slice(length);
      }
      return heard === text;
    }),
  );
  t.ok(isOperational('Discovered IPMB address 0x0\ntcgetattr: Inappropriate ioctl for device\n'));
  t.ok(isTaken('Info: SOL payload already active on another session\n'));
  const gone = 'Error: No response to keepalive - Terminating session\nError: No response de-activating SOL payload';
  t.equal(endingOf(gone), 'No response to keepalive - Terminating session');
  t.equal(endingOf(''), 'ipmitool ended');
});
