import t from 'tap';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { remedy, says } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { AUTH_PROTOCOLS, PRIVACY_PROTOCOLS, type PduAccess } from '../../../drivers/pdu/config.js';
import { snmpPdu } from '../../../drivers/pdu/driver.js';
import { genericModel } from '../../../drivers/pdu/models/generic.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';
import { faultIn } from '../../fault-in.js';
import { openPduLab, QUICK, READER, said, USER, WRITER_1 } from './lab.js';

const { signal } = new AbortController();
const SHORT = { answer_ms: 60, tries: 2, settle_ms: 40, poll_ms: 5 };
const WRONG = said('secret-that-is-wrong');

void t.test('pdu: it is silent -> PDU-001 says that, and both causes where they cannot be told apart', async (t) => {
  await using lab = await openPduLab();
  lab.emulated.lies.isSilent = true;
  for (const [access, cause] of [
    [{ version: '2c', community: WRONG }, /cannot be reached, or the community is wrong/],
    [WRITER_1, /cannot be reached, or the community is wrong/],
    [USER, /cannot be reached, or has SNMP version 3 switched off/],
  ] as const) {
    const pdu = snmpPdu({ ...lab.config, access, timing: SHORT }, { clock: systemClock() });
    const fault = await faultIn(pdu.read('1', signal));
    t.match(fault, { code: 'PDU-001', version: access.version, waited_ms: 120 });
    t.match(says(fault), cause);
    t.match(await faultIn(pdu.ensure('1', 'off', signal)), { code: 'PDU-001' }, 'silence is not off');
  }
});

void t.test(
  'pdu: a wrong community -> silence, as from any agent; the right one of another agent does not help',
  async (t) => {
    await using lab = await openPduLab();
    const access: PduAccess = { version: '2c', community: WRONG };
    const pdu = snmpPdu({ ...lab.config, access, timing: SHORT }, { clock: systemClock() });
    const fault = await faultIn(pdu.read('1', signal));
    t.match(fault, { code: 'PDU-001' });
    t.notMatch(says(fault) + remedy(fault), /secret/);
  },
);

void t.test('pdu: its first datagram gets lost -> asked again, and answered', async (t) => {
  await using lab = await openPduLab({ config: { timing: { ...QUICK, answer_ms: 50, tries: 40 } } });
  lab.emulated.lies.isSilent = true;
  const read = lab.pdu.read('1', signal);
  const clock = systemClock();
  await new Promise<void>((resolve) => void clock.setTimer(80, resolve));
  lab.emulated.lies.isSilent = false;
  t.equal(await read, 'off');
});

void t.test('pdu: version 3, each thing that can be wrong -> a Fault of its own, without the password', async (t) => {
  await using lab = await openPduLab();
  const wrong = { protocol: 'sha', password: WRONG } as const;
  for (const [access, fault] of [
    [
      { ...USER, user: 'nobody' },
      { code: 'PDU-005', user: 'nobody' },
    ],
    [
      { ...USER, authentication: wrong },
      { code: 'PDU-006', password: 'authentication' },
    ],
    [
      { ...USER, privacy: { protocol: 'aes', password: WRONG } },
      { code: 'PDU-006', password: 'privacy' },
    ],
  ] as const) {
    const pdu = snmpPdu({ ...lab.config, access }, { clock: systemClock() });
    const failure = await pdu.read('1', signal).catch((thrown: unknown) => thrown);
    t.match(failure, { fault });
    t.notMatch(inspected(failure), /secret|authentication-1|privacy-12345/);
  }
  lab.emulated.lies.isOutOfTime = true;
  const pdu = snmpPdu({ ...lab.config, access: USER }, { clock: systemClock() });
  t.match(await faultIn(pdu.read('1', signal)), { code: 'PDU-007' });
});

void t.test(
  'pdu: an outlet that is not there -> PDU-003, in every version; a name that is none -> PDU-018',
  async (t) => {
    await using lab = await openPduLab();
    for (const access of [lab.config.access, WRITER_1, USER]) {
      const pdu = snmpPdu({ ...lab.config, access }, { clock: systemClock() });
      t.match(await faultIn(pdu.read('99', signal)), { code: 'PDU-003', outlet: '99', model: 'apc-master-switch' });
      t.match(await faultIn(pdu.ensure('99', 'on', signal)), { code: 'PDU-003' });
    }
    t.match(await faultIn(lab.pdu.read('A1', signal)), { code: 'PDU-018', outlet: 'A1' });
    t.strictSame(lab.log, []);
  },
);

void t.test('pdu: it may be read, not written -> PDU-004 in every version, and it stays as it was', async (t) => {
  await using lab = await openPduLab();
  const reader = { version: '1', community: said('public') } as const;
  for (const access of [READER, reader]) {
    const pdu = snmpPdu({ ...lab.config, access }, { clock: systemClock() });
    t.equal(await pdu.read('2', signal), 'off');
    t.match(await faultIn(pdu.ensure('2', 'on', signal)), { code: 'PDU-004', outlet: '2' });
  }
  t.strictSame(lab.log, []);
});

void t.test('pdu: another family answers -> PDU-009 names what it is, before any outlet is touched', async (t) => {
  await using lab = await openPduLab();
  const pdu = snmpPdu({ ...lab.config, model: PDU_MODEL['raritan-px'] }, { clock: systemClock() });
  const fault = await faultIn(pdu.ensure('1', 'on', signal));
  t.match(fault, { code: 'PDU-009', model: 'raritan-px', sysObjectId: '1.3.6.1.4.1.318.1.3.4' });
  t.strictSame(lab.log, []);
});

void t.test(
  'pdu: generic, with a value that the PDU does not know -> PDU-014; with none of its own -> PDU-011',
  async (t) => {
    await using lab = await openPduLab();
    const { column } = PDU_MODEL['apc-master-switch'].state;
    const badOrder = genericModel({ state: column, on: 1, off: 2, commandOn: 42 });
    const bad = snmpPdu({ ...lab.config, model: badOrder }, { clock: systemClock() });
    t.match(await faultIn(bad.ensure('1', 'on', signal)), { code: 'PDU-014', model: 'generic' });
    const other = snmpPdu(
      { ...lab.config, model: genericModel({ state: column, on: 7, off: 8 }) },
      { clock: systemClock() },
    );
    t.match(await faultIn(other.read('1', signal)), { code: 'PDU-011', value: 2 });
    const good = snmpPdu(
      { ...lab.config, model: genericModel({ state: column, on: 1, off: 2 }) },
      { clock: systemClock() },
    );
    await good.ensure('1', 'on', signal);
    t.strictSame(lab.log, ['1 on']);
  },
);

void t.test('pdu: it takes the order and does nothing, or tells old news -> PDU-010, never success', async (t) => {
  for (const lie of ['isDeaf', 'isStale'] as const) {
    await using lab = await openPduLab();
    const hasty = snmpPdu({ ...lab.config, timing: { ...QUICK, settle_ms: 40 } }, { clock: systemClock() });
    lab.emulated.lies[lie] = true;
    t.match(await faultIn(hasty.ensure('4', 'on', signal)), { code: 'PDU-010', want: 'on', waited_ms: 40 }, lie);
    lab.emulated.lies[lie] = false;
    await lab.pdu.ensure('4', 'on', signal);
    t.equal(await lab.pdu.read('4', signal), 'on');
  }
});

void t.test('pdu: what answers speaks no SNMP, or the name does not resolve -> PDU-002, PDU-015', async (t) => {
  const rubbish = createSocket('udp4');
  t.teardown(() => void rubbish.close());
  rubbish.on('message', (_, { port, address }) => rubbish.send('HTTP/1.1 400 Bad Request\r\n\r\n', port, address));
  rubbish.bind(0, '127.0.0.1');
  await once(rubbish, 'listening');
  const lab = { name: 'left', model: PDU_MODEL['apc-rpdu'], port: rubbish.address().port, timing: SHORT };
  for (const access of [READER, USER]) {
    const pdu = snmpPdu({ ...lab, access, address: '127.0.0.1' }, { clock: systemClock() });
    t.match(await faultIn(pdu.read('1', signal)), { code: 'PDU-002' });
  }
  const lost = snmpPdu({ ...lab, access: READER, address: 'no-such-host.invalid' }, { clock: systemClock() });
  t.match(await faultIn(lost.read('1', signal)), { code: 'PDU-015', address: 'no-such-host.invalid' });
});

void t.test('pdu: the asker gives up while it is silent -> at once, and the next one has its turn', async (t) => {
  await using lab = await openPduLab();
  lab.emulated.lies.isSilent = true;
  const impatient = new AbortController();
  const waiting: readonly Promise<unknown>[] = [
    lab.pdu.read('1', impatient.signal),
    lab.pdu.ensure('2', 'on', impatient.signal),
  ];
  const next = lab.pdu.read('3', signal);
  impatient.abort();
  for (const one of waiting) await t.rejects(one, { name: 'AbortError' });
  lab.emulated.lies.isSilent = false;
  t.equal(await next, 'off');
});

void t.test('pdu: every protocol of version 3 that a site may name -> spoken by both sides', async (t) => {
  for (const protocol of AUTH_PROTOCOLS) {
    for (const privacy of [null, ...PRIVACY_PROTOCOLS]) {
      const access: PduAccess = {
        version: '3',
        user: 'rig',
        authentication: { protocol, password: said('authentication-1') },
        privacy: privacy === null ? null : { protocol: privacy, password: said('privacy-12345') },
      };
      await using lab = await openPduLab({ access, config: { access } });
      await lab.pdu.ensure('1', 'on', signal);
      t.strictSame(lab.log, ['1 on'], `${protocol}, ${privacy}`);
    }
  }
});

function inspected(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.stack} ${JSON.stringify(thrown)} ${String(thrown.cause)}` : '';
}
