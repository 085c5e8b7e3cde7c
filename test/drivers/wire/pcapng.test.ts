import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { faultOf, type Fault } from '../../../core/faults/fault.js';
import { openCaptureFile } from '../../../drivers/wire/capture/capture-file.js';
import {
  blockTarget,
  interfaceBlock,
  packetBlockBytes,
  writePacketBlock,
} from '../../../drivers/wire/capture/pcapng.js';
import type { SeenFrame } from '../../../drivers/wire/wire-port.js';
import { handClock } from './switch-clock.js';

interface Packet {
  readonly port: string;
  readonly at_us: number;
  readonly bytes: Buffer;
  readonly hasComment: boolean;
}

/** Walks a file block by block, straight from the format's description. */
function parse(file: Buffer): readonly Packet[] {
  const ports: string[] = [];
  const packets: Packet[] = [];
  for (let at = 0; at < file.length; ) {
    const size_bytes = file.readUInt32LE(at + 4);
    if (size_bytes % 4 !== 0 || file.readUInt32LE(at + size_bytes - 4) !== size_bytes) throw new Error('torn block');
    const type = file.readUInt32LE(at);
    if (type === 1) ports.push(file.toString('utf8', at + 20, at + 20 + file.readUInt16LE(at + 18)));
    if (type === 6) {
      const length = file.readUInt32LE(at + 20);
      const optionsAt = at + 28 + Math.ceil(length / 4) * 4;
      packets.push({
        port: ports[file.readUInt32LE(at + 8)] ?? 'no such interface',
        at_us: file.readUInt32LE(at + 12) * 2 ** 32 + file.readUInt32LE(at + 16),
        bytes: file.subarray(at + 28, at + 28 + length),
        hasComment: file.readUInt16LE(optionsAt) === 1,
      });
    }
    at += size_bytes;
  }
  return packets;
}

/** Where a capture may be written. */
async function place(t: Pick<Test, 'teardown'>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wire-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  return join(directory, 'wire.pcapng');
}

const seenFrames: fc.Arbitrary<SeenFrame> = fc.record({
  port: fc.constantFrom('root1', 'root2', 'services'),
  bytes: fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)),
  at: fc.integer({ min: 0, max: 10_000_000_000 }).map((at_us) => at_us / 1000),
  isLost: fc.boolean(),
});

void t.test('capture: for every sequence of frames, the file gives back port, instant and bytes', async (t) => {
  const path = await place(t);
  await fc.assert(
    fc.asyncProperty(fc.array(seenFrames, { maxLength: 30 }), async (frames) => {
      const capture = await openCaptureFile({ path, clock: handClock(), noted: (fault) => t.fail(fault.code) });
      for (const frame of frames) capture.take(frame);
      await capture.close();
      const expected = frames.map(({ port, at, bytes, isLost }) => ({
        port,
        at_us: Math.round(at * 1000),
        bytes,
        hasComment: isLost,
      }));
      const found = parse(await readFile(path));
      return (
        found.length === expected.length &&
        found.every((packet, index) => {
          const wanted = expected[index];
          return (
            wanted?.port === packet.port &&
            wanted.at_us === packet.at_us &&
            wanted.hasComment === packet.hasComment &&
            wanted.bytes.equals(packet.bytes)
          );
        })
      );
    }),
    { numRuns: 40 },
  );
});

void t.test('capture: many frames, then a quiet moment -> all are in the file before it is closed', async (t) => {
  const path = await place(t);
  const clock = handClock();
  const capture = await openCaptureFile({ path, clock, noted: (fault) => t.fail(fault.code) });
  t.teardown(() => capture.close());
  const bytes = Buffer.alloc(1500, 7);
  for (let count = 0; count < 1000; count++) capture.take({ port: 'a', bytes, at: count, isLost: false });
  clock.pass(1000);
  const size_bytes = 1000 * packetBlockBytes({ interfaceNumber: 0, at_us: 0, bytes, isLost: false });
  let file: Buffer = Buffer.alloc(0);
  while (file.length < size_bytes) file = await readFile(path);
  t.equal(parse(file).length, 1000);
});

void t.test('capture: more than the limit -> the file ends whole below it, the rest is counted', async (t) => {
  const path = await place(t);
  const capture = await openCaptureFile({
    path,
    clock: handClock(),
    limit_bytes: 1000,
    noted: (fault) => t.fail(fault.code),
  });
  for (let count = 0; count < 20; count++) {
    capture.take({ port: `port ${count}`, bytes: Buffer.alloc(100), at: count, isLost: false });
  }
  await capture.close();
  const file = await readFile(path);
  const packets = parse(file);
  t.ok(file.length <= 1000 && packets.length > 3);
  t.equal(packets.length + capture.left_out_frames, 20);
});

void t.test('capture: a full disk, a missing directory -> WIRE-004 once, and frames still pass', async (t) => {
  const noted: Fault[] = [];
  const capture = await openCaptureFile({ path: '/dev/full', clock: handClock(), noted: (fault) => noted.push(fault) });
  const frame = { port: 'a', bytes: Buffer.alloc(60_000), at: 0, isLost: false };
  for (let count = 0; count < 20; count++) capture.take(frame);
  await new Promise((turned) => setImmediate(turned));
  while (noted.length === 0) await new Promise((turned) => setImmediate(turned));
  capture.take(frame);
  t.equal(capture.left_out_frames, 1);
  await capture.close();
  t.same(noted, [{ code: 'WIRE-004', kind: 'capture.unwritable', path: '/dev/full', why: 'ENOSPC' }]);
  const path = join(await place(t), 'no-directory.pcapng');
  const refused = await openCaptureFile({ path, clock: handClock(), noted: (fault) => t.fail(fault.code) }).catch(
    faultOf,
  );
  t.match(refused, { code: 'WIRE-004' });
});

void t.test('pcapng: a packet block written into a used buffer -> nothing of the buffer shows through', async (t) => {
  const target = blockTarget(200);
  const { bytes: written } = target;
  written.fill(0xff);
  const packet = { interfaceNumber: 0, at_us: 5, bytes: Buffer.alloc(13, 1), isLost: true };
  writePacketBlock(target, 8, packet);
  const file = Buffer.concat([interfaceBlock('a'), written.subarray(8, 8 + packetBlockBytes(packet))]);
  t.match(parse(file), [{ port: 'a', at_us: 5, hasComment: true }]);
  t.ok(written.subarray(8 + packetBlockBytes(packet)).every((byte) => byte === 0xff));
  t.equal(written.readUIntBE(8 + 28 + 13, 3), 0, 'the padding is zero');
});
