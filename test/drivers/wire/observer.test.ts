import fc from 'fast-check';
import t from 'tap';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { mendChecksum } from '../../../drivers/wire/faults/corrupt.js';
import { TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { makeBootObserver } from '../../../drivers/wire/observer/boot-observer.js';
import { PduScanner } from '../../../drivers/wire/observer/pdu-scanner.js';
import { Reassembly } from '../../../drivers/wire/observer/reassembly.js';
import {
  dhcp,
  IPXE,
  ISID,
  loginRequest,
  loginResponse,
  NODE,
  PLAIN_ROM,
  scsiCommand,
  tcp,
  tftp,
} from './observer-frames.js';

const ROOT1 = nodeId('root1');
const TARGET = 'iqn.2011-01.lab:root1';

/** What an observer tells of some frames, one line each. */
function observing() {
  const lines: string[] = [];
  const observe = (seen: Observation): void => {
    const stage = seen.kind === 'reached' ? seen.stage : (seen.fault?.code ?? '');
    lines.push(`${seen.node} ${seen.kind} ${stage}: ${seen.what}`);
  };
  const observer = makeBootObserver({ nodes: new Map([[NODE, ROOT1]]), observe });
  const see = (...frames: readonly Buffer[]): readonly string[] => {
    for (const bytes of frames) observer.take({ port: 'root1', bytes, at: 0, isLost: false });
    return lines.splice(0);
  };
  return { observer, see };
}

const romDhcp = [
  dhcp({ type: 'discover', ...IPXE }),
  dhcp({ type: 'offer' }),
  dhcp({ type: 'request', ...IPXE }),
  dhcp({ type: 'ack' }),
];
const romTftp = [
  tftp.read('undionly.kpxe'),
  tftp.options('tsize', '1500', 'blksize', '1432'),
  tftp.acknowledgement(0),
  tftp.data(1, 1432),
  tftp.acknowledgement(1),
  tftp.data(2, 68),
  tftp.acknowledgement(2),
];

/** A connection's handshake and what the node says on it, cut into segments at `cuts`. */
function connection(port: number, said: Buffer, cuts: readonly number[] = []): readonly Buffer[] {
  const bounds = [0, ...cuts, said.length];
  const segments = bounds.slice(1).map((end, index) => {
    const from = bounds[index] ?? 0;
    return tcp({ from: 'node', port, sequence: 0xfffffff0 + 1 + from, payload: said.subarray(from, end) });
  });
  return [
    tcp({ from: 'node', port, sequence: 0xfffffff0, flags: TCP_FLAG.syn }),
    tcp({ from: 'target', port, sequence: 7000, flags: TCP_FLAG.syn | TCP_FLAG.ack }),
    ...segments,
  ];
}
const loginOf = (isid: string): Buffer =>
  loginRequest(isid, 'InitiatorName=iqn.2010-04.org.ipxe:root1', `TargetName=${TARGET}`, 'SessionType=Normal');
/** iPXE sends header and data of its login in separate segments; its commands follow. */
const firmwareSaid = Buffer.concat([loginOf(ISID.ipxe), scsiCommand(0x25, 0), scsiCommand(0x28, 64)]);

void t.test('observer: a whole root-node boot -> every stage that frames can show, once, in order', async (t) => {
  const { see, observer } = observing();
  const boot = [
    ...romDhcp,
    ...romTftp,
    ...romDhcp,
    ...connection(1024, firmwareSaid, [48]),
    ...connection(1025, firmwareSaid, [48]),
    ...connection(40_000, loginOf(ISID.openIscsi)),
  ];
  const golden = [
    'root1 reached pxe.dhcp: DHCP discover of PXEClient:Arch:00000:UNDI:002001 (iPXE)',
    'root1 reached pxe.tftp: TFTP read of undionly.kpxe',
    'root1 reached ipxe.dhcp: DHCP discover of PXEClient:Arch:00000:UNDI:002001 (iPXE)',
    `root1 reached iscsi.login: iSCSI login to ${TARGET} as iqn.2010-04.org.ipxe:root1, initiator iPXE`,
    `root1 reached iscsi.boot: first read of ${TARGET}, block 64`,
    `root1 reached userland: iSCSI login to ${TARGET} as iqn.2010-04.org.ipxe:root1, initiator open-iscsi`,
  ];
  t.same(see(...boot), golden);
  t.same(see(...boot), golden, 'a restart that nobody told of: the ROM asks again');
  observer.reset(ROOT1);
  t.same(see(...boot), golden, 'a power-on');
});

void t.test('observer: frames damaged, lost on their way to the node, or of strangers -> no evidence', async (t) => {
  const { observer, see } = observing();
  const hurt = dhcp({ type: 'discover', ...IPXE });
  hurt.writeUInt8(hurt.readUInt8(60) ^ 1, 60);
  t.same(see(hurt), []);
  t.same(see(dhcp({ type: 'discover', vendorClass: 'udhcp 1.35.0' })), [], "an operating system's client");
  see(...romDhcp, ...romTftp.slice(0, 5));
  const [lastData = hurt, lastAcknowledgement = hurt] = romTftp.slice(5);
  observer.take({ port: 'services', bytes: lastData, at: 0, isLost: true });
  see(lastAcknowledgement);
  t.match(see(...romDhcp), [], 'the file never arrived whole, so this is still the ROM');
  see(lastData, lastAcknowledgement);
  t.match(see(...romDhcp), [/reached ipxe\.dhcp/], 'now it has');
});

void t.test('observer: a ROM that is no iPXE -> the user class tells the stages apart, without TFTP', async (t) => {
  const { see } = observing();
  t.match(see(dhcp({ type: 'discover', ...PLAIN_ROM })), [/reached pxe\.dhcp/]);
  t.match(see(dhcp({ type: 'discover', ...IPXE })), [/reached ipxe\.dhcp/]);
});

void t.test('observer: the boot file is not there -> BOOT-003, and the next DHCP is still the ROM', async (t) => {
  const { see } = observing();
  see(...romDhcp);
  t.match(see(tftp.read('wrong.kpxe'), tftp.error(1)), [
    /reached pxe\.tftp: TFTP read of wrong\.kpxe/,
    /trouble BOOT-003: .*"wrong\.kpxe"/,
  ]);
  t.same(see(...romDhcp, tftp.read('wrong.kpxe'), tftp.error(1)), [], 'told once a boot');
  t.same(see(tftp.read('other.kpxe'), tftp.error(8)), [], 'refusing the options is no missing file');
});

void t.test(
  'observer: the firmware runs again after a refused login -> a new boot, though nobody told of it',
  async (t) => {
    const { see } = observing();
    see(...romDhcp, ...romTftp, ...romDhcp, ...connection(1024, loginOf(ISID.ipxe)));
    t.same(see(...romDhcp), [], 'the same transaction again is no restart');
    t.match(see(dhcp({ type: 'discover', transaction: 2, ...IPXE })), [/reached pxe\.dhcp/]);
    const plain = observing();
    plain.see(dhcp({ type: 'discover', ...PLAIN_ROM }), dhcp({ type: 'discover', ...IPXE }));
    t.match(plain.see(dhcp({ type: 'discover', ...PLAIN_ROM })), [/reached pxe\.dhcp/], 'a ROM without the user class');
  },
);

void t.test('observer: three DISCOVERs of one exchange and no offer -> BOOT-002', async (t) => {
  const { see } = observing();
  const discover = (transaction: number): Buffer => dhcp({ type: 'discover', transaction, ...IPXE });
  see(discover(1), discover(1), dhcp({ type: 'offer', transaction: 1 }), discover(1), discover(1));
  t.same(see(discover(2), discover(2), dhcp({ type: 'offer', transaction: 9 })), []);
  t.match(see(discover(2)), [/trouble BOOT-002: .* in stage pxe\.dhcp/]);
  t.same(see(discover(2)), []);
});

void t.test('observer: a refused login -> BOOT-004 with target and status; unreachable -> BOOT-009', async (t) => {
  const { see } = observing();
  const answer = (port: number, status: number): Buffer =>
    tcp({ from: 'target', port, sequence: 7001, payload: loginResponse(status) });
  see(...connection(1024, loginOf(ISID.ipxe)));
  t.same(see(answer(1024, 0x0203)), [`root1 trouble BOOT-004: the login to ${TARGET} was refused: target not found`]);
  see(...connection(1025, loginOf(ISID.ipxe)));
  t.same(see(answer(1025, 0)), [], 'a good answer is no trouble');
  see(...connection(1026, loginOf(ISID.ipxe)));
  t.same(see(answer(1026, 0x0101)), [], 'nor is being sent elsewhere');
  const syn = tcp({ from: 'node', port: 1027, sequence: 5, flags: TCP_FLAG.syn });
  const reset = tcp({ from: 'target', port: 1027, sequence: 0, flags: TCP_FLAG.rst | TCP_FLAG.ack });
  t.match(see(syn, reset), [/trouble BOOT-009: .*10\.99\.0\.1:3260/]);
  const other = observing();
  t.match(other.see(syn, syn, syn), [/trouble BOOT-009/], 'nobody answers');
});

void t.test('observer: initiators that nobody knows -> the first is firmware, another one is the kernel', async (t) => {
  const { see } = observing();
  const discovery = loginRequest(ISID.other, 'InitiatorName=iqn.x:y', 'SessionType=Discovery');
  t.same(see(...connection(1023, discovery)), [], 'a discovery session is no boot');
  t.match(see(...connection(1024, loginOf(ISID.other))), [/reached iscsi\.login: .* initiator ISID oui:0000c9/]);
  t.same(see(...connection(1025, loginOf(ISID.other))), []);
  t.match(see(...connection(1026, loginOf(ISID.another))), [/reached userland: .* initiator ISID oui:00aabb/]);
  const own = observing();
  own.see(...connection(1024, firmwareSaid));
  t.match(own.see(...connection(1025, loginOf(ISID.random))), [/reached userland: .* initiator ISID random/]);
});

void t.test('observer: for every order, doubling and cutting of segments, the login is read once', async () => {
  const cutting = fc.uniqueArray(fc.integer({ min: 1, max: firmwareSaid.length - 1 }), { maxLength: 8 });
  const orders = fc.infiniteStream(fc.nat());
  fc.assert(
    fc.property(cutting, orders, (cuts, order) => {
      const { see } = observing();
      const [syn, synAck, ...segments] = connection(
        1024,
        firmwareSaid,
        cuts.toSorted((a, b) => a - b),
      );
      if (syn === undefined || synAck === undefined) return false;
      const shuffled = [...segments, ...segments]
        .map((frame) => ({ frame, key: order.next().value }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ frame }) => frame);
      const lines = see(syn, synAck, ...shuffled);
      return lines.length === 2 && lines[0]?.includes('iscsi.login') && lines[1]?.includes('iscsi.boot');
    }),
  );
});

void t.test('reassembly: for every stream across the wrap, lost segments sent again complete it', async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.infiniteStream(fc.boolean()), fc.nat(100), (parts, isLost, back) => {
      const start = 0x100000000 - back;
      const out: Buffer[] = [];
      const order = new Reassembly(start);
      const send = (mayLose: boolean): void => {
        let sequence = start;
        for (const part of parts) {
          if (!mayLose || !isLost.next().value) {
            order.push(sequence >>> 0, Buffer.from(part), (bytes) => out.push(bytes));
          }
          sequence += part.length;
        }
      };
      send(true);
      send(false);
      return Buffer.concat(out).equals(Buffer.concat(parts));
    }),
  );
});

void t.test('PDU scanner: for every cutting, headers and wanted data come out whole', async () => {
  const stream = Buffer.concat([loginOf(ISID.ipxe), scsiCommand(0x28, 5), loginOf(ISID.other), loginResponse(0)]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (sizes) => {
      const found: string[] = [];
      const scanner = new PduScanner([3], ({ opcode, data }) => found.push(`${opcode}:${data.length}`));
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        scanner.push(stream.subarray(at, end));
        at = end;
      }
      const data_bytes = stream.readUIntBE(5, 3);
      return found.join() === `3:${data_bytes},1:0,3:${data_bytes},35:0`;
    }),
  );
});

void t.test('observer: for every sequence of whole, torn and damaged frames, nothing is thrown', async (t) => {
  const real = [
    ...romDhcp,
    ...romTftp,
    tftp.error(1),
    ...connection(1024, firmwareSaid, [48]),
    tcp({ from: 'target', sequence: 7001, payload: loginResponse(0x0201) }),
  ];
  const damaged = fc
    .tuple(fc.constantFrom(...real), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([frame, length, at, value]) => {
      const copy = Buffer.from(frame);
      copy[at % copy.length] = value;
      // With its checksum made right, the damage gets past the door.
      if (length % 2 === 0) mendChecksum(copy);
      return copy.subarray(0, length % 3 === 0 ? length % copy.length : copy.length);
    });
  const noise = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(damaged, noise), { maxLength: 40 }), (frames) => {
      const { observer } = observing();
      for (const bytes of frames) observer.take({ port: 'x', bytes, at: 0, isLost: false });
    }),
    { numRuns: 300 },
  );
  t.pass('nothing was thrown');
});
