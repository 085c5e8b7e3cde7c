import t from 'tap';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../../core/faults/fault.js';
import { ipmiBmc, type IpmiBmc } from '../../../drivers/ipmi/bmc.js';
import type { IpmiConfig } from '../../../drivers/ipmi/config.js';
import { callLimit_ms } from '../../../drivers/ipmi/timing.js';
import { consoleArgv, ipmitoolEnvironment } from '../../../drivers/ipmi/argv.js';
import { startProcess } from '../../../drivers/process/start.js';
import { consoleContract } from '../../contracts/console.contract.js';
import { ear } from '../../contracts/ear.js';
import { runProcess } from '../../../drivers/process/run.js';
import { powerContract } from '../../contracts/power.contract.js';
import { openTestBmc, PASSWORD, type TestBmc } from './test-bmc.js';
import { faultIn } from '../../fault-in.js';

const { signal } = new AbortController();
/** A BMC that is gone is given up after two seconds. */
const HASTY = { timing: { answer_s: 1, tries: 1 } } as const;

/** Begun first and awaited last: ipmitool needs 26 s to notice that a BMC has gone. */
const attachedAllAlong = keepAttached();
attachedAllAlong.catch(() => {});

powerContract('ipmi', async () => {
  const opened = await openTestBmc();
  const { power } = ipmiBmc(opened.config, opened.parts);
  const count = (word: string): number => opened.log().filter((line) => line === word).length;
  return {
    ...opened,
    node: opened.config.node,
    power: {
      read: (_, signal) => power.read(signal),
      ensure: (_, want, signal) => power.ensure(want, signal),
    },
    switchings: () => ({ on: count('on'), off: count('off') }),
  };
});

void t.test('ipmi: boot devices -> set as asked; what the BMC does not tell is noticed once', async (t) => {
  await using opened = await openTestBmc();
  const { bootDevice } = ipmiBmc(opened.config, opened.parts);
  // As ipmi_sim calls them to its chassis program.
  for (const [device, called] of [
    ['disk', 'default'],
    ['cdrom', 'cdrom'],
    ['network', 'pxe'],
  ] as const) {
    await bootDevice.ensure({ device, lasts: 'once' }, signal);
    t.equal(opened.boot(), called);
    t.match(await bootDevice.read(signal), { device, lasts: 'once' });
  }
  await t.rejects(bootDevice.ensure({ device: 'disk', lasts: 'once' }, AbortSignal.abort()));
  t.equal(opened.boot(), 'pxe');
  t.strictSame(opened.notices, []);
  await bootDevice.ensure({ device: 'network', lasts: 'always' }, signal);
  await bootDevice.ensure({ device: 'network', lasts: 'always' }, signal);
  t.match(opened.notices, [{ code: 'IPM-016', want: 'network always', read: 'network once, not valid' }]);
  t.match(await faultIn(bootDevice.ensure({ device: 'usb', lasts: 'once' }, signal)), {
    code: 'IPM-007',
    command: 'chassis bootdev floppy',
    why: 'Unspecified error',
  });
});

void t.test('ipmi: power, cycle, and what a second client reads -> levels that hold', async (t) => {
  await using opened = await openTestBmc({ offFor_ms: 0 });
  const bmc = ipmiBmc(opened.config, opened.parts);
  const { power } = bmc;
  await power.ensure('on', signal);
  t.match(await freeipmi(opened.config, '--stat'), /: on/);
  await power.cycle(signal);
  t.strictSame(opened.log(), ['on', 'off', 'on']);
  await freeipmi(opened.config, '--off');
  t.equal(await power.read(signal), 'off');
  t.strictSame(opened.notices, []);

  t.strictSame(await bmc.identity(signal), {
    protocol: 'ipmi',
    protocolVersion: '2.0',
    manufacturer: 'MontaVista Software, Inc.',
    product: null,
    serial: null,
    firmware: '9.08',
    guid: 'efcdab89-6745-23a1-efcd-ab89674523a1',
  });
  await bmc.identify('on', signal);
  await bmc.identify('off', signal);
  t.strictSame(opened.log().slice(-2), ['identify 0 1', 'identify 0 0']);

  t.strictSame(await bmc.sensors(signal), [{ name: 'Intake', value: 96, unit: 'degrees C', health: 'ok', text: '' }]);
  await writeFile(join(opened.directory, 'temperature'), '150\n');
  while ((await bmc.sensors(signal))[0]?.health !== 'critical') continue;
  t.match(await bmc.log(signal), [
    { id: '1', about: 'Temperature Intake', says: /Upper Non-critical going high, Asserted/, severity: 'warning' },
    { id: '2', about: 'Temperature Intake', says: /Upper Critical going high, Asserted/, severity: 'critical' },
  ]);
  await bmc.clearLog(signal);
  t.strictSame(await bmc.log(signal), []);
  t.match(await bmc.audit(signal), [{ code: 'IPM-019' }], 'cipher suite 0 is open on ipmi_sim');
});

void t.test('ipmi: each thing that goes wrong -> its Fault, within the time that was said', async (t) => {
  await using opened = await openTestBmc();
  const tried = (changes: Partial<IpmiConfig>, password = PASSWORD): IpmiBmc =>
    ipmiBmc({ ...opened.config, ...changes }, { ...opened.parts, password: () => Promise.resolve(password) });
  const faultsOf: readonly (readonly [Fault['code'], IpmiBmc])[] = [
    ['IPM-002', tried({}, 'wrong')],
    ['IPM-003', tried({ user: 'nobody' })],
    ['IPM-004', tried({ cipherSuite: 17 })],
    ['IPM-006', tried({ user: 'viewer', privilege: 'USER' })],
    ['IPM-008', tried({ address: 'no-such-name.invalid' })],
    ['IPM-011', tried({}, 'x'.repeat(21))],
    ['IPM-011', tried({ user: 'u'.repeat(17) })],
  ];
  for (const [code, bmc] of faultsOf) t.match(await faultIn(bmc.power.ensure('on', signal)), { code });
  t.strictSame(opened.log(), []);

  opened.signal('SIGSTOP');
  const startedAt = opened.parts.clock.now();
  const hasty = tried(HASTY);
  t.match(await faultIn(hasty.power.read(signal)), { code: 'IPM-001', waited_ms: 2_000 });
  t.ok(opened.parts.clock.now() - startedAt < 2 * callLimit_ms(HASTY.timing) + 1_000);
  const impatient = new AbortController();
  const given = hasty.power.read(impatient.signal);
  impatient.abort();
  await t.rejects(given, { name: 'AbortError' });
  opened.signal('SIGCONT');
  t.equal(await hasty.power.read(signal), 'off');
});

void t.test('ipmi: a BMC that lies -> noticed, named, and worked around where one can', async (t) => {
  await using opened = await openTestBmc({ settle_ms: 300, restart_ms: 10_000 });
  const mark = (name: string): string => join(opened.directory, name);
  const { power } = ipmiBmc(opened.config, opened.parts);
  await writeFile(mark('deaf'), '');
  const deaf = ipmiBmc({ ...opened.config, restart_ms: 0 }, opened.parts);
  t.match(await faultIn(deaf.power.ensure('on', signal)), { code: 'IPM-014', want: 'on', read: 'off' });
  await rm(mark('deaf'));

  await writeFile(mark('senseless'), '');
  await power.ensure('on', signal);
  t.equal(opened.power(), 'on');
  t.match(opened.notices, [{ code: 'IPM-017', why: /Unspecified error/ }]);
});

consoleContract('ipmi, serial over LAN', async () => {
  const opened = await openTestBmc();
  const { console } = ipmiBmc(opened.config, opened.parts);
  await opened.serial.plugged();
  return {
    node: opened.config.node,
    say: (text) => opened.serial.say(text),
    typed: (text) => opened.serial.heard(text),
    console: {
      async attach(_, listener, signal) {
        if (signal.aborted) throw new DOMException('the asker has given up', 'AbortError');
        return console.attach(listener);
      },
    },
    async [Symbol.asyncDispose]() {
      await console[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
});

void t.test(
  'sol: a killed client has left its session, the node reboots, the BMC restarts -> attached all along',
  { timeout: 60_000 },
  async (t) => {
    t.strictSame(await attachedAllAlong, {
      atLogin: { side: 'login', isAsked: true },
      heard: 'back again\r\n',
      notices: [],
    });
  },
);

async function keepAttached(): Promise<unknown> {
  await using opened = await openTestBmc({ timing: { answer_s: 1, tries: 1 } });
  await opened.serial.plugged();
  await leftBehind(opened);
  await using console = ipmiBmc(opened.config, opened.parts).console;
  const watcher = ear('watcher', false);
  const seat = console.attach(watcher);
  await watcher.untilLine(true);
  for (let boot = 1; boot <= 32; boot++) {
    opened.serial.say(`SeaBIOS (version ${boot})\r\nLinux version ${boot}.0\r\nnode login: `);
    await watcher.until(`${boot}.0\r\nnode login: `);
  }
  const atLogin = console.otherSide();
  const heardBefore = watcher.text().length;
  await opened.restart();
  await opened.serial.plugged();
  await watcher.untilLine(false);
  await watcher.untilLine(true);
  opened.serial.say('back again\r\n');
  await watcher.until('back again\r\n');
  seat.leave();
  return { atLogin, heard: watcher.text().slice(heardBefore), notices: opened.notices };
}

/** An ipmitool that is killed while it has the line: the BMC does not learn of it. */
async function leftBehind({ config, serial }: TestBmc): Promise<void> {
  let isHeard: () => void = () => {};
  const heard = new Promise<void>((resolve) => void (isHeard = resolve));
  const other = startProcess({
    argv: consoleArgv(config),
    environment: ipmitoolEnvironment(PASSWORD),
    input: 'pipe',
    onOutput: () => isHeard(),
    onErrorOutput: (bytes) => void (bytes.toString().includes('tcgetattr') && serial.say('hello\r\n')),
  });
  await heard;
  await other[Symbol.asyncDispose]();
}

/** What the other IPMI client says; it shares nothing with ipmitool. */
async function freeipmi({ port, user }: IpmiConfig, order: string): Promise<string> {
  const login = ['-u', user, '-p', PASSWORD, '-D', 'LAN_2_0', '-I', '3', '-W', 'opensesspriv'];
  const { output } = await runProcess({ argv: ['ipmipower', '-h', `127.0.0.1:${port}`, ...login, order] });
  return output.toString();
}
