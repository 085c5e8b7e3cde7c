import t from 'tap';
import fc from 'fast-check';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { faultOf } from '../../../core/faults/fault.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { snmpPdu } from '../../../drivers/pdu/driver.js';
import { openEmulatedPdu } from '../../../drivers/pdu/emulated/emulated-pdu.js';
import { apcMasterSwitch } from '../../../drivers/pdu/models/apc-master-switch.js';
import { apcRpdu } from '../../../drivers/pdu/models/apc-rpdu.js';
import { genericModel } from '../../../drivers/pdu/models/generic.js';
import { PDU_MODEL } from '../../../drivers/pdu/models/table.js';
import { openSession } from '../../../drivers/pdu/session.js';
import { faultIn } from '../../fault-in.js';
import { openPduLab, QUICK, USER, WRITER, WRITER_1 } from './lab.js';
import { openRelay } from './relay.js';

const { signal } = new AbortController();
const clock = systemClock();

void t.test('emulated PDU: a reboot -> off, and on again after its time', async (t) => {
  await using lab = await openPduLab({ atFirst: 'on' });
  const isOver = new Promise<void>((resolve) => {
    lab.log.push = (line) => {
      lab.log[lab.log.length] = line;
      if (line === '5 on') resolve();
      return lab.log.length;
    };
  });
  using session = await openSession(lab.config, { clock, signal, timing: QUICK });
  await session.set(`${apcMasterSwitch.command.column}.5`, 3);
  await isOver;
  t.strictSame(lab.log, ['5 off', '5 on']);
  t.equal(await lab.pdu.read('5', signal), 'on');
});

void t.test(
  'emulated PDU: as any model -> its outlets are read and switched by the driver of that model',
  async (t) => {
    const oids = {
      state: '1.3.6.1.4.1.99.1.2',
      command: '1.3.6.1.4.1.99.1.3',
      on: 5,
      off: 6,
      commandOn: 7,
      commandOff: 8,
    };
    for (const model of [...Object.values(PDU_MODEL), genericModel(oids)]) {
      await using lab = await openPduLab({ model });
      await lab.pdu.ensure('3', 'on', signal);
      t.equal(await lab.pdu.read('3', signal), 'on', model.name);
      t.equal(await lab.pdu.read('4', signal), 'off');
      await lab.pdu.ensure('3', 'off', signal);
      t.strictSame(lab.log, ['3 on', '3 off']);
    }
  },
);

void t.test('emulated PDU: its port is taken -> PDU-016', async (t) => {
  const taken = createSocket('udp4');
  t.teardown(() => void taken.close());
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const config = { model: apcRpdu, outlets: 1, access: [], port };
  const opening = openEmulatedPdu(config, { clock, onOutlet: () => {} });
  t.match(await faultIn(opening), { code: 'PDU-016', port, why: 'EADDRINUSE' });
});

void t.test('emulated PDU: closed -> its port is free again, closing twice does nothing', async (t) => {
  const lab = await openPduLab();
  const { port } = lab.emulated;
  await lab[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  const config = { model: apcRpdu, outlets: 1, access: [{ access: WRITER, may: 'write' }], port } as const;
  await using again = await openEmulatedPdu(config, { clock, onOutlet: () => {} });
  t.equal(again.port, port);
});

void t.test('emulated PDU: for every rubbish that is sent to it, it answers who asks in order', async (t) => {
  await using lab = await openPduLab();
  const sender = createSocket('udp4');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }), async (datagrams) => {
      for (const datagram of datagrams) sender.send(datagram, lab.emulated.port, '127.0.0.1');
      return (await lab.pdu.read('1', signal)) === 'off';
    }),
    { numRuns: 30 },
  );
  sender.close();
  t.strictSame(lab.log, []);
});

void t.test('pdu: for every damage to what both sides say, a state or a Fault, and both live on', async (t) => {
  await using lab = await openPduLab();
  let damage: readonly (readonly [number, number])[] = [];
  let hit = 0;
  await using relay = await openRelay(lab.emulated.port, (datagram) => {
    const [at, byte] = damage[hit++] ?? [0, 0];
    const damaged = Buffer.from(datagram);
    if (byte > 255) return damaged.subarray(0, at % damaged.length);
    if (byte > 0) damaged[at % damaged.length] = byte;
    return damaged;
  });
  const timing = { answer_ms: 15, tries: 1, settle_ms: 10, poll_ms: 5 };
  const config = { ...lab.config, port: relay.port, timing };
  const places = fc.array(fc.tuple(fc.nat(150), fc.nat(300)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(places, fc.constantFrom(WRITER, WRITER_1, USER), async (places, access) => {
      damage = places;
      hit = 0;
      const pdu = snmpPdu({ ...config, access }, { clock });
      for (const act of [() => pdu.read('1', signal), () => pdu.ensure('2', 'on', signal)]) {
        const thrown = await act().then(
          () => null,
          (error: unknown) => error,
        );
        if (thrown !== null && faultOf(thrown) === null) throw thrown;
      }
      return true;
    }),
    { numRuns: 80 },
  );
  t.equal(await lab.pdu.read('1', signal), lab.emulated.outlet(1));
});
