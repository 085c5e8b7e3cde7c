import t from 'tap';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { runProcess } from '../../../drivers/process/run.js';
import type { PduAccess, PduConfig } from '../../../drivers/pdu/config.js';
import { snmpPdu } from '../../../drivers/pdu/driver.js';
import { genericModel } from '../../../drivers/pdu/models/generic.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';
import { outletPower } from '../../../drivers/pdu/outlet-power.js';
import { powerContract } from '../../contracts/power.contract.js';
import { faultIn } from '../../fault-in.js';
import { node, openPduLab, QUICK, READER, said, USER, WRITER, WRITER_1 } from './lab.js';
import { openSnmpd, snmpEnvironment } from './snmpd.js';

const { signal } = new AbortController();
const clock = systemClock();
const snmpd = await openSnmpd();
t.teardown(() => snmpd[Symbol.asyncDispose]());
const model = PDU_MODEL['apc-rpdu'];

function configured(access: PduAccess, more: Partial<PduConfig> = {}): PduConfig {
  return { name: 'left', model, address: '127.0.0.1', port: snmpd.port, access, timing: QUICK, ...more };
}

for (const [name, access, outlet] of [
  ['version 1', WRITER_1, '1'],
  ['version 2c', WRITER, '2'],
  ['version 3', USER, '3'],
] as const) {
  powerContract(`pdu: snmpd, ${name}`, async () => {
    const power = outletPower([{ pdu: snmpPdu(configured(access), { clock }), outlet }]);
    const count = (state: string): number => snmpd.log().filter((line) => line === `${outlet} ${state}`).length;
    return {
      node,
      power: { read: (_, signal) => power.read(signal), ensure: (_, want, signal) => power.ensure(want, signal) },
      switchings: () => ({ on: count('on'), off: count('off') }),
      // One agent for the whole file.
      [Symbol.asyncDispose]: async () => {},
    };
  });
}

void t.test('pdu: snmpd, each thing that can be wrong -> the same Faults as of the emulated PDU', async (t) => {
  const wrong = said('secret-that-is-wrong');
  const short = { ...QUICK, answer_ms: 150, tries: 1 };
  const of = (access: PduAccess, more: Partial<PduConfig> = {}) => snmpPdu(configured(access, more), { clock });
  const reader = { ...USER, user: 'reader', privacy: null } as const;
  const digest = { ...reader, authentication: { protocol: 'sha256', password: said('authentication-1') } } as const;
  t.match(await faultIn(of({ version: '2c', community: wrong }, { timing: short }).read('1', signal)), {
    code: 'PDU-001',
  });
  for (const [access, fault] of [
    [
      { ...USER, user: 'nobody' },
      { code: 'PDU-005', user: 'nobody' },
    ],
    [
      { ...USER, authentication: { protocol: 'sha', password: wrong } },
      { code: 'PDU-006', password: 'authentication' },
    ],
    [
      { ...USER, privacy: { protocol: 'aes', password: wrong } },
      { code: 'PDU-006', password: 'privacy' },
    ],
    [
      { ...digest, privacy: { protocol: 'aes', password: wrong } },
      { code: 'PDU-008', user: 'reader' },
    ],
  ] as const) {
    // What snmpd cannot decrypt it drops: that is found out by asking without privacy, once it has been silent.
    t.match(await faultIn(of(access, { timing: { ...QUICK, answer_ms: 700, tries: 1 } }).read('4', signal)), fault);
  }
  for (const access of [WRITER_1, WRITER, USER]) {
    t.match(await faultIn(of(access).read('99', signal)), { code: 'PDU-003', outlet: '99' });
  }
  for (const access of [READER, { version: '1', community: said('public') }, digest] as const) {
    t.match(await faultIn(of(access).ensure('4', 'on', signal)), { code: 'PDU-004', outlet: '4' });
  }
  const { state, command } = model;
  const odd = genericModel({ state: state.column, command: command.column, on: 1, off: 2, commandOn: 9 });
  for (const access of [WRITER_1, WRITER, USER]) {
    t.match(await faultIn(of(access, { model: odd }).ensure('4', 'on', signal)), { code: 'PDU-014' });
  }
  const other = { code: 'PDU-009', sysObjectId: '1.3.6.1.4.1.318.1.3.4.5' };
  t.match(await faultIn(of(WRITER, { model: PDU_MODEL['servertech-sentry4'] }).read('4', signal)), other);
  await writeFile(join(snmpd.directory, 'deaf'), '');
  const deaf = of(WRITER, { timing: { ...QUICK, settle_ms: 30 } });
  t.match(await faultIn(deaf.ensure('4', 'on', signal)), { code: 'PDU-010', outlet: '4', want: 'on' });
  await rm(join(snmpd.directory, 'deaf'));
  t.strictSame(
    snmpd.log().filter((line) => line.startsWith('4 ')),
    [],
  );
});

void t.test("emulated PDU: Debian's snmpget, snmpset and snmpwalk -> served in all three versions", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'snmp-'));
  await mkdir(join(directory, 'state', 'cert_indexes'), { recursive: true });
  t.teardown(() => rm(directory, { recursive: true }));
  await using lab = await openPduLab({ model });
  const address = `127.0.0.1:${lab.emulated.port}`;
  const snmp = async (program: string, words: string): Promise<string> => {
    const argv = [program, ...words.split(' ')] as const;
    const { output, exitCode, errorTail } = await runProcess({ argv, environment: snmpEnvironment(directory) });
    return `${output.toString().trim()} ${errorTail} ${exitCode}`.replaceAll(/\s+/g, ' ').trim();
  };
  const state = '.1.3.6.1.4.1.318.1.1.12.3.5.1.1.4';
  const command = '.1.3.6.1.4.1.318.1.1.12.3.3.1.1.4';
  const user = '-v3 -l authPriv -u rig -a SHA -A authentication-1 -x AES -X privacy-12345';
  for (const [version, outlet] of [
    ['-v1 -c private', 1],
    ['-v2c -c private', 2],
    [user, 3],
  ] as const) {
    const ask = `${version} -t 2 -r 1 -On -Oq ${address}`;
    t.equal(await snmp('snmpget', `${ask} ${state}.${outlet}`), `${state}.${outlet} 2 0`);
    t.equal(await snmp('snmpset', `${ask} ${command}.${outlet} i 1`), `${command}.${outlet} 1 0`);
    t.equal(await snmp('snmpget', `${ask} ${state}.${outlet}`), `${state}.${outlet} 1 0`);
    t.match(await snmp('snmpset', `${ask} ${command}.${outlet} i 7`), /(badValue|wrongValue).* 2$/);
    t.match(await snmp('snmpset', `${ask} ${command}.99 i 1`), /(noSuchName|noCreation).* 2$/);
    t.equal(lab.emulated.outlet(outlet), 'on');
  }
  t.strictSame(lab.log, ['1 on', '2 on', '3 on']);
  const walked = await snmp('snmpwalk', `-v2c -c public -t 2 -On -Oq ${address} ${state}`);
  const states = [1, 1, 1, 2, 2, 2, 2, 2].map((value, index) => `${state}.${index + 1} ${value}`);
  t.equal(walked.slice(0, states.join(' ').length), states.join(' '));
  t.match(await snmp('snmpget', `-v2c -c public -t 2 -Oq ${address} ${state}.99`), /No Such Instance/);
  t.match(await snmp('snmpset', `-v2c -c public -t 2 ${address} ${command}.1 i 2`), /noAccess.* 2$/);
  t.match(await snmp('snmpget', `-v2c -c wrong -t 0.2 -r 0 ${address} ${state}.1`), /No Response.* 1$/);
  t.match(await snmp('snmpget', `${user.replace('rig', 'other')} ${address} ${state}.1`), /Unknown user name/);
  t.match(await snmp('snmpget', `${user.replace('tion-1', 'tion-2')} ${address} ${state}.1`), /incorrect password/);
  t.match(await snmp('snmpget', `${user.replace('12345', '54321')} ${address} ${state}.1`), /[Dd]ecryption/);
});
