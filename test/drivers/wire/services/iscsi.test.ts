import fc from 'fast-check';
import t from 'tap';
import { FaultError } from '../../../../core/faults/fault.js';
import { crc32c } from '../../../../drivers/wire/services/iscsi/crc32c.js';
import type { IscsiEvent } from '../../../../drivers/wire/services/iscsi/events.js';
import { negotiate, defaultParameters } from '../../../../drivers/wire/services/iscsi/negotiation.js';
import { NO_TAG, newHeader, OPCODE } from '../../../../drivers/wire/services/iscsi/pdu.js';
import { PduReader } from '../../../../drivers/wire/services/iscsi/pdu-reader.js';
import { PduWriter } from '../../../../drivers/wire/services/iscsi/pdu-writer.js';
import { serveIscsi } from '../../../../drivers/wire/services/iscsi/serve-iscsi.js';
import { TargetSet } from '../../../../drivers/wire/services/iscsi/target.js';
import { encodeText, parseText } from '../../../../drivers/wire/services/iscsi/text.js';
import {
  BLOCKS,
  INITIATOR,
  IQN,
  LUN,
  MemoryStream,
  memoryStore,
  resultOf,
  targetsOver,
  TestInitiator,
} from './iscsi-initiator.js';
import { writeBy } from './iscsi-writer.js';

const ASYNC = OPCODE.asyncMessage;

function loggedIn(
  targets: TargetSet,
  keys: Readonly<Record<string, string>> = {},
  stream = new MemoryStream(),
): TestInitiator {
  const initiator = new TestInitiator(targets, stream);
  const { status, flags } = initiator.login(keys);
  if (status !== 0 || flags !== 0x87) throw new Error(`the login failed: ${status} ${flags}`);
  return initiator;
}

/** READ(10) or WRITE(10) of so many blocks. */
function cdb10(opcode: number, block: number, blocks: number): readonly number[] {
  const cdb = Buffer.alloc(16);
  cdb[0] = opcode;
  cdb.writeUInt32BE(block, 2);
  cdb.writeUInt16BE(blocks, 7);
  return [...cdb];
}

function pattern(length: number, salt: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 13 + (at >> 8) + salt) % 256;
  return bytes;
}

void t.test('crc32c: the vectors of RFC 3720, appendix B.4, and for every cut the same', async (t) => {
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  const halves = fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }));
  fc.assert(
    fc.property(halves, ([left, right]) => crc32c(right, crc32c(left)) === crc32c(Buffer.concat([left, right]))),
  );
});

const pdus = fc.array(
  fc.record({ header: fc.uint8Array({ minLength: 48, maxLength: 48 }), data: fc.uint8Array({ maxLength: 9000 }) }),
  { maxLength: 5 },
);
const digests = fc.record({ header: fc.boolean(), data: fc.boolean() });
const cuts = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 40 });

/** `bytes` in pieces of these lengths, over and over. */
function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

void t.test('pdu: for every list of them, digests and cuts of the stream, what is written is read', async (t) => {
  fc.assert(
    fc.property(pdus, fc.tuple(digests, fc.nat(4)), cuts, (list, [chosen, stopAt], lengths) => {
      const stream = new MemoryStream();
      const writer = new PduWriter(stream);
      writer.digests = chosen;
      for (const { header, data } of list) {
        header[4] = 0;
        writer.write(Buffer.from(header), Buffer.from(data));
      }
      const seen: Buffer[] = [];
      const reader = new PduReader(16384, {
        pdu: ({ header, data }) => {
          seen.push(Buffer.concat([header.subarray(0, 5), header.subarray(8), data]));
          return seen.length !== stopAt;
        },
        dataDigestError: () => false,
        problem: () => undefined,
      });
      reader.digests = chosen;
      for (const piece of pieces(stream.take(), lengths)) reader.push(piece);
      reader.resume();
      return (
        seen.length === list.length &&
        list.every(({ header, data }, index) =>
          seen[index]?.equals(Buffer.concat([header.subarray(0, 5), header.subarray(8), data])),
        )
      );
    }),
  );
  t.pass();
});

void t.test('text: for every list of keys, parse(encode) is the same; a key twice or a bad one is none', async (t) => {
  const value = fc.string().filter((text) => !text.includes('\0'));
  const pairs = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z][A-Za-z0-9.-]{0,20}$/), value), {
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(pairs, (list) => {
      t.same([...(parseText(encodeText(list)) ?? [])], list);
    }),
    { numRuns: 30 },
  );
  t.equal(parseText(Buffer.from('A=1\0A=2\0')), null);
  t.equal(parseText(Buffer.from('=1\0')), null);
  t.equal(parseText(Buffer.from('no equals sign\0')), null);
});

void t.test('negotiation: each key -> the answer of RFC 7143, section 13', async (t) => {
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ['HeaderDigest', 'CRC32C,None', 'CRC32C'],
    ['HeaderDigest', 'None,CRC32C', 'None'],
    ['DataDigest', 'X-other', 'Reject'],
    ['MaxRecvDataSegmentLength', '65536', undefined],
    ['MaxRecvDataSegmentLength', '100', 'Reject'],
    ['MaxBurstLength', '0x1000', '4096'],
    ['MaxBurstLength', '16776192', '1048576'],
    ['InitialR2T', 'No', 'No'],
    ['InitialR2T', 'Yes', 'Yes'],
    ['ImmediateData', 'No', 'No'],
    ['ImmediateData', 'Maybe', 'Reject'],
    ['MaxOutstandingR2T', '8', '1'],
    ['MaxConnections', '4', '1'],
    ['ErrorRecoveryLevel', '2', '0'],
    ['DefaultTime2Wait', '0', '2'],
    ['DefaultTime2Retain', '20', '0'],
    ['DataPDUInOrder', 'No', 'Yes'],
    ['IFMarker', 'Yes', 'No'],
    ['iSCSIProtocolLevel', '2', '1'],
    ['X-com.example.thing', '1', 'NotUnderstood'],
  ];
  for (const [key, value, due] of table) {
    t.equal(new Map(negotiate(new Map([[key, value]]), defaultParameters(), false)).get(key), due, `${key}=${value}`);
  }
  t.same(negotiate(new Map([['MaxBurstLength', '512']]), defaultParameters(), true), [
    ['MaxBurstLength', 'Irrelevant'],
  ]);
});

void t.test('target: for every bytes whatever, nothing is thrown and little is kept', async (t) => {
  const mutation = fc.record({ at: fc.nat(2000), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), cuts, (bytes, lengths) => {
      const stream = new MemoryStream();
      serveIscsi(stream, targetsOver());
      for (const piece of pieces(Buffer.from(bytes), lengths)) stream.deliver(piece);
      return stream.take().length < 65536;
    }),
  );
  fc.assert(
    fc.property(
      fc.array(mutation, { maxLength: 8 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      cuts,
      (changes, cdb, lengths) => {
        const initiator = loggedIn(targetsOver(), { HeaderDigest: 'None' });
        const parts = [
          initiator.encode(initiator.commandHeader([...cdb], 0xe0, 4096), pattern(512, 1)),
          initiator.encode(initiator.commandHeader(cdb10(0x2a, 5, 9), 0x20, 4608), pattern(1024, 2)),
          initiator.encode(initiator.header(OPCODE.text, 0x80), encodeText([['SendTargets', 'All']])),
          initiator.encode(initiator.header(OPCODE.taskManagement, 0x85), null),
          initiator.encode(initiator.commandHeader(cdb10(0x28, 0, 100), 0xc0, 51200), null),
        ];
        const bytes = Buffer.concat(parts);
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        for (const piece of pieces(bytes, lengths)) initiator.stream.deliver(piece);
        initiator.stream.take();
        initiator.stream.hangUp();
        return true;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

const transfers = fc.record({
  block: fc.nat(BLOCKS - 1),
  blocks: fc.integer({ min: 1, max: 200 }),
  immediate_bytes: fc.nat(20000),
  unsolicited_bytes: fc.oneof(fc.constant(0), fc.nat(20000)),
  segment_bytes: fc.integer({ min: 100, max: 20000 }),
});
const sessions = fc.record({
  HeaderDigest: fc.constantFrom('None', 'CRC32C'),
  DataDigest: fc.constantFrom('None', 'CRC32C'),
  InitialR2T: fc.constant('No'),
  MaxRecvDataSegmentLength: fc.constantFrom('512', '4096', '8192', '262144'),
  MaxBurstLength: fc.constantFrom('1024', '16384', '262144'),
  FirstBurstLength: fc.constant('65536'),
});

void t.test('target: for every session and way to write, what is written is stored and read back', async (t) => {
  fc.assert(
    fc.property(
      sessions,
      fc.array(transfers, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 99999 }),
      (keys, list, mark) => {
        const store = memoryStore(BLOCKS);
        const model = Buffer.from(store.bytes);
        const stream = new MemoryStream();
        const initiator = loggedIn(targetsOver(store), keys, stream);
        stream.mark_bytes = mark;
        const firstBurst = Math.min(65536, Number(keys.MaxBurstLength));
        for (const [index, plan] of list.entries()) {
          const blocks = Math.min(plan.blocks, BLOCKS - plan.block);
          const data = pattern(blocks * 512, index);
          const immediate_bytes = Math.min(plan.immediate_bytes, firstBurst);
          const unsolicited_bytes = Math.min(plan.unsolicited_bytes, firstBurst - immediate_bytes);
          const written = writeBy(initiator, {
            cdb: cdb10(0x2a, plan.block, blocks),
            data,
            plan: { ...plan, immediate_bytes, unsolicited_bytes },
          });
          data.copy(model, plan.block * 512);
          if (written.status !== 0 || written.residual !== 0) return false;
        }
        const read = initiator.command(cdb10(0x28, 0, 1000), 512000);
        return store.bytes.equals(model) && read.status === 0 && read.data.equals(model.subarray(0, 512000));
      },
    ),
  );
  t.pass();
});

void t.test('target: a stream that is full -> one part more at most is queued until it drains', async (t) => {
  const store = memoryStore(BLOCKS);
  store.bytes.set(pattern(store.bytes.length, 3));
  const stream = new MemoryStream();
  const initiator = loggedIn(targetsOver(store), { MaxRecvDataSegmentLength: '8192' }, stream);
  stream.mark_bytes = 20000;
  const first = initiator.encode(initiator.commandHeader(cdb10(0x28, 0, 1024), 0xc0, 524288), null);
  const second = initiator.encode(initiator.commandHeader(cdb10(0x28, 8, 8), 0xc0, 4096), null);
  stream.deliver(Buffer.concat([first, second]));
  t.ok(stream.isPaused);
  const seen = initiator.receive();
  t.notOk(stream.isPaused);
  t.ok(stream.most_bytes < 20000 + 8192 + 100, `${stream.most_bytes} bytes waited at most`);
  t.ok(resultOf(seen.slice(0, 64)).data.equals(store.bytes.subarray(0, 524288)));
  t.ok(resultOf(seen.slice(64)).data.equals(store.bytes.subarray(4096, 8192)));
});

void t.test('target: data out of order or damaged -> the command fails, the session goes on', async (t) => {
  const initiator = loggedIn(targetsOver(), { DataDigest: 'CRC32C', HeaderDigest: 'CRC32C' });
  const plan = { immediate_bytes: 0, unsolicited_bytes: 0, segment_bytes: 512 };
  const order = { cdb: cdb10(0x2a, 0, 4), data: pattern(2048, 1) };
  for (const offset of [20, 36, 40]) {
    const spoil = (header: Buffer): void => void (header[offset + 3] = (header[offset + 3] ?? 0) ^ 0x40);
    t.equal(writeBy(initiator, { ...order, plan: { ...plan, spoil } }).sense, 'b/4705');
  }
  t.equal(writeBy(initiator, { ...order, plan }).status, 0);

  const header = initiator.commandHeader(order.cdb, 0xa0, 2048);
  const [ask] = initiator.send(header);
  const out = newHeader(OPCODE.dataOut, 0x80);
  header.copy(out, 16, 16, 20);
  ask?.header.copy(out, 20, 20, 24);
  const bytes = initiator.encode(out, order.data);
  bytes[200] = (bytes[200] ?? 0) ^ 1;
  initiator.stream.deliver(bytes);
  const seen = initiator.receive();
  t.same(
    seen.map(({ opcode }) => opcode),
    [OPCODE.reject, OPCODE.scsiResponse],
  );
  t.equal(resultOf(seen).sense, 'b/4705');
  const damaged = initiator.encode(initiator.header(OPCODE.nopOut, 0x80), null);
  damaged[20] = 1;
  initiator.stream.deliver(damaged);
  t.ok(initiator.stream.isAborted, 'after a damaged header nothing can be found any more');
});

void t.test('target: commands before their turn -> done in their order; outside the window -> ignored', async (t) => {
  const initiator = loggedIn(targetsOver());
  const headers = [0, 1, 2].map((value) => initiator.commandHeader(cdb10(0x28, value, 1), 0xc0, 512));
  const late = initiator.commandHeader(cdb10(0x28, 0, 1), 0xc0, 512);
  late.writeUInt32BE(5000, 24);
  t.same(initiator.send(late), []);
  const [first, second, third] = headers;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
  t.same(initiator.send(third), []);
  t.same(initiator.send(second), []);
  t.same(
    initiator.send(first).map(({ header }) => header.readUInt32BE(16)),
    headers.map((one) => one.readUInt32BE(16)),
  );
  t.same(initiator.send(first), [], 'again, it is in the past');
});

void t.test('target: NOP, SNACK, logout, and a target that goes -> as RFC 7143 says', async (t) => {
  const targets = targetsOver();
  const initiator = loggedIn(targets);
  const nop = initiator.header(OPCODE.nopOut, 0x80);
  const [pong] = initiator.send(nop, Buffer.from('ping'));
  t.equal(pong?.opcode, OPCODE.nopIn);
  t.equal(pong?.data.toString(), 'ping');
  const silent = initiator.header(OPCODE.nopOut | 0x40, 0x80);
  silent.writeUInt32BE(NO_TAG, 16);
  initiator.commandNumber--;
  t.same(initiator.send(silent), []);
  t.equal(initiator.send(newHeader(OPCODE.snack, 0x80))[0]?.header[2], 0x03);

  const other = loggedIn(targets, {}, new MemoryStream());
  t.ok(initiator.stream.isAborted, 'the same initiator port logged in anew');
  const [bye] = other.send(other.header(OPCODE.logout, 0x80));
  t.equal(bye?.opcode, OPCODE.logoutResponse);
  t.ok(other.stream.isEnded);

  const last = loggedIn(targets);
  targets.remove(IQN);
  const [news] = last.receive();
  t.equal(news?.opcode, ASYNC);
  t.equal(news?.header[36], 2);
  t.ok(last.stream.isEnded);
});

void t.test(
  'target: a cold reset -> its answer, then all sessions end; a LUN reset -> told as a unit attention',
  async (t) => {
    const targets = targetsOver();
    const initiator = loggedIn(targets);
    const reset = (code: number): Buffer => {
      const header = initiator.header(OPCODE.taskManagement, 0x80 | code);
      header[9] = LUN;
      return header;
    };
    const waiting = initiator.commandHeader(cdb10(0x2a, 0, 1), 0xa0, 512);
    t.equal(initiator.send(waiting)[0]?.opcode, OPCODE.readyToTransfer);
    const abort = reset(1);
    waiting.copy(abort, 20, 16, 20);
    t.equal(initiator.send(abort)[0]?.header[2], 0, 'the task that waits for data is aborted');
    const again = reset(1);
    waiting.copy(again, 20, 16, 20);
    t.equal(initiator.send(again)[0]?.header[2], 1, 'and is not there any more');
    t.equal(initiator.send(reset(5))[0]?.header[2], 0);
    t.equal(initiator.command([0x00]).sense, '6/2903');
    t.equal(initiator.command([0x00]).status, 0);
    t.equal(initiator.send(reset(8))[0]?.header[2], 4);
    t.equal(initiator.send(reset(7))[0]?.header[2], 0);
    t.ok(initiator.stream.isEnded);
  },
);

void t.test('discovery: many targets -> all that the initiator may use, over several PDUs', async (t) => {
  const names = Array.from({ length: 200 }, (_, index) => `iqn.2026-01.example:disk-${index}`);
  const targets = new TargetSet(names.map((iqn) => ({ iqn, luns: [] })));
  targets.add({ iqn: 'iqn.2026-01.example:secret', luns: [], initiators: { addresses: ['10.99.0.7'] } });
  const initiator = new TestInitiator(targets);
  const step = initiator.loginStep(0x87, [
    ['InitiatorName', INITIATOR],
    ['SessionType', 'Discovery'],
    ['MaxRecvDataSegmentLength', '1024'],
  ]);
  t.equal(step.status, 0);
  let text = '';
  let data: Buffer | null = encodeText([['SendTargets', 'All']]);
  for (let isMore = true; isMore; data = null) {
    const header = initiator.header(OPCODE.text, 0x80);
    const [response] = initiator.send(header, data);
    t.ok((response?.data.length ?? 0) <= 1024);
    text += response?.data.toString() ?? '';
    isMore = ((response?.header[1] ?? 0) & 0x40) !== 0;
  }
  t.same(
    text.split('\0').filter((line) => line.startsWith('TargetName=')),
    names.map((name) => `TargetName=${name}`),
  );
  t.match(text, 'TargetAddress=10.99.0.1:3260,1');
  t.equal(initiator.send(initiator.commandHeader([0x00], 0x80, 0))[0]?.opcode, OPCODE.reject);
});

void t.test(
  'units: one that is not there, an unknown command, a medium that fails -> said as SCSI says it',
  async (t) => {
    const store = memoryStore(BLOCKS);
    const events: IscsiEvent[] = [];
    const failing = {
      ...store,
      read: () => {
        throw new FaultError({ code: 'LUN-011', kind: 'image.changed', file: 'disk.img' });
      },
      write: () => {
        throw new FaultError({ code: 'LUN-004', kind: 'disk.full', file: 'disk.img' });
      },
    };
    const initiator = loggedIn(targetsOver(failing, {}, events));
    t.equal(initiator.command([0xff]).sense, '5/2000');
    t.equal(initiator.command(cdb10(0x28, BLOCKS, 1), 512).sense, '5/2100');
    t.equal(initiator.command(cdb10(0x28, 0, 1), 512).sense, '3/1100');
    const plan = { immediate_bytes: 512, unsolicited_bytes: 0, segment_bytes: 512 };
    t.equal(writeBy(initiator, { cdb: cdb10(0x2a, 0, 1), data: pattern(512, 0), plan }).sense, '7/2707');
    t.same(
      events.flatMap((event) => (event.kind === 'fault' ? [event.fault.code] : [])),
      ['LUN-011', 'LUN-004'],
    );
    const inquiry = initiator.commandHeader([0x12, 0, 0, 0, 36], 0xc0, 36);
    inquiry[9] = 0;
    t.equal(resultOf(initiator.send(inquiry)).data[0], 0x7f);
    const list = initiator.commandHeader([0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 64], 0xc0, 64);
    list[9] = 0;
    t.equal(resultOf(initiator.send(list)).data.toString('hex'), '00000008000000000001000000000000');
  },
);
