import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Clock } from '../../../core/clock.js';
import { faultOf, type Fault } from '../../../core/faults/fault.js';
import { BROADCAST_MAC, readMac, type Mac } from '../../../drivers/wire/address.js';
import { FrameSplitter, LONGEST_FRAME_BYTES } from '../../../drivers/wire/frame-splitter.js';
import { AGEING_MS, MacTable, MOST_ADDRESSES } from '../../../drivers/wire/mac-table.js';
import { QUEUE_BYTES } from '../../../drivers/wire/send-queue.js';
import { openStreamPort } from '../../../drivers/wire/stream-port.js';
import { makeSwitch } from '../../../drivers/wire/switch.js';
import type { Delivery, WirePort } from '../../../drivers/wire/wire-port.js';
import { handClock } from './switch-clock.js';

const NAMES = ['a', 'b', 'c', 'd'] as const;
type Name = (typeof NAMES)[number];

/** 02:00:00:00:00:NN, a locally administered address. */
function mac(number: number): Mac {
  return readMac(Buffer.from([2, 0, 0, 0, number >> 8, number & 255]), 0);
}

function frame(destination: Mac, source: Mac, text = ''): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.writeUIntBE(destination, 0, 6);
  bytes.writeUIntBE(source, 6, 6);
  bytes.writeUInt16BE(0x88b5, 12);
  bytes.write(text, 14);
  return bytes;
}

/** A switch with four ports, each keeping what reached it. */
function rack(clock: Clock) {
  const wire = makeSwitch(clock);
  const inbox: Record<Name, Buffer[]> = { a: [], b: [], c: [], d: [] };
  const answers: Record<Name, Delivery> = { a: 'taken', b: 'taken', c: 'taken', d: 'taken' };
  const plug = (name: Name): WirePort =>
    wire.attach(name, (bytes) => {
      if (answers[name] === 'taken') inbox[name].push(bytes);
      return answers[name];
    });
  const ports: Record<Name, WirePort> = { a: plug('a'), b: plug('b'), c: plug('c'), d: plug('d') };
  return { wire, inbox, answers, ports };
}

const sends = fc.array(
  fc.record({ via: fc.constantFrom(...NAMES), from: fc.nat(3), to: fc.oneof(fc.nat(3), fc.constant('all' as const)) }),
  { maxLength: 40 },
);

void t.test(
  'switch: for every sequence of frames, each goes where it was learned, else everywhere but back',
  async () => {
    fc.assert(
      fc.property(sends, (sequence) => {
        const { wire, inbox, ports } = rack(handClock());
        const learned = new Map<number, Name>();
        const expected: Record<Name, number> = { a: 0, b: 0, c: 0, d: 0 };
        for (const { via, from, to } of sequence) {
          learned.set(from, via);
          const place = to === 'all' ? undefined : learned.get(to);
          for (const name of NAMES) if (name !== via && (place === undefined || place === name)) expected[name]++;
          ports[via].send(frame(to === 'all' ? BROADCAST_MAC : mac(to), mac(from)));
        }
        return NAMES.every((name) => {
          const counted = wire.counters(name);
          const sentHere = sequence.filter(({ via }) => via === name).length;
          return (
            inbox[name].length === expected[name] &&
            counted?.sent_frames === expected[name] &&
            counted.sent_bytes === expected[name] * 60 &&
            counted.received_frames === sentHere &&
            counted.received_bytes === sentHere * 60 &&
            counted.dropped_frames === 0
          );
        });
      }),
    );
  },
);

void t.test(
  'switch: a full port, a dark port, a cut port -> a drop is counted for the full and the cut one',
  async (t) => {
    const { wire, inbox, answers, ports } = rack(handClock());
    answers.b = 'full';
    answers.c = 'unplugged';
    wire.setCut('d', true);
    ports.a.send(frame(BROADCAST_MAC, mac(1)));
    t.same(
      NAMES.map((name) => wire.counters(name)?.dropped_frames),
      [0, 1, 0, 1],
    );
    ports.d.send(frame(BROADCAST_MAC, mac(4)));
    t.equal(wire.counters('d')?.dropped_frames, 2, 'nothing comes in through a cut port either');
    wire.setCut('d', false);
    ports.a.send(frame(BROADCAST_MAC, mac(1)));
    t.equal(inbox.d.length, 1, 'healed');
  },
);

void t.test('switch: an answer sent from within a delivery -> every port sees the question first', async (t) => {
  const wire = makeSwitch(handClock());
  const heard: string[] = [];
  const asking = wire.attach('asking', () => 'taken');
  const answering = wire.attach('answering', () => {
    answering.send(frame(BROADCAST_MAC, mac(2), 'answer'));
    return 'taken';
  });
  wire.attach('listening', (bytes) => {
    heard.push(bytes.toString('latin1', 14, 16));
    return 'taken';
  });
  asking.send(frame(BROADCAST_MAC, mac(1), 'question'));
  t.same(heard, ['qu', 'an']);
});

void t.test('switch: a port closed or unplugged -> its addresses are flooded again', async (t) => {
  const { inbox, ports, wire } = rack(handClock());
  ports.b.send(frame(BROADCAST_MAC, mac(2)));
  ports.a.send(frame(mac(2), mac(1)));
  t.equal(inbox.c.length, 1, 'only the broadcast');
  ports.b.unplugged();
  ports.a.send(frame(mac(2), mac(1)));
  t.equal(inbox.c.length, 2, 'flooded');
  ports.b.close();
  ports.b.send(frame(BROADCAST_MAC, mac(2)));
  t.equal(inbox.c.length, 2, 'a closed port sends nothing');
  t.equal(inbox.b.length, 2, 'and hears nothing');
  const again = wire.attach('b', () => 'taken');
  again.send(frame(BROADCAST_MAC, mac(2)));
  t.equal(inbox.c.length, 3, 'the name may be taken again');
});

void t.test('switch: a tap sees every frame once, in order, with port and instant, until it ends', async (t) => {
  const clock = handClock();
  const { wire, ports } = rack(clock);
  const seen: unknown[] = [];
  const end = wire.onFrame((one) => seen.push([one.port, one.at, one.isLost, one.bytes.length]));
  ports.a.send(frame(BROADCAST_MAC, mac(1)));
  clock.pass(5);
  ports.b.send(Buffer.alloc(13));
  wire.setFaultHook(() => 'lost');
  ports.c.send(frame(BROADCAST_MAC, mac(3)));
  end();
  ports.a.send(frame(BROADCAST_MAC, mac(1)));
  t.same(seen, [
    ['a', 0, false, 60],
    ['c', 5, true, 60],
  ]);
  t.equal(wire.counters('b')?.dropped_frames, 1, 'a runt is dropped');
});

void t.test('MAC table: more addresses than fit, and old ones -> bounded, aged, moved', async (t) => {
  const clock = handClock();
  const table = new MacTable<string>(clock);
  for (let number = 0; number < MOST_ADDRESSES + 10; number++) table.learn(mac(number), 'a');
  t.equal(table.size, MOST_ADDRESSES);
  t.equal(table.find(mac(0)), undefined, 'the oldest made room');
  table.learn(mac(500), 'b');
  t.equal(table.find(mac(500)), 'b', 'it moved');
  clock.pass(AGEING_MS - 1);
  table.learn(mac(600), 'a');
  clock.pass(1);
  t.same([table.find(mac(500)), table.find(mac(600))], [undefined, 'a']);
});

void t.test('frame splitter: for every cutting of the stream, the frames come out whole', async () => {
  const cuttings = fc.tuple(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
  );
  fc.assert(
    fc.property(cuttings, ([frames, sizes]) => {
      const stream = Buffer.concat(frames.flatMap((bytes) => [Buffer.from([0, 0, 0, bytes.length]), bytes]));
      const out: string[] = [];
      const splitter = new FrameSplitter((bytes) => out.push(bytes.toString('hex')));
      let at = 0;
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        if (splitter.push(stream.subarray(at, end)) !== null) return false;
        at = end;
      }
      return out.join() === frames.map((bytes) => Buffer.from(bytes).toString('hex')).join();
    }),
  );
});

/** A directory for sockets, and a port called `a` that tells what happens to it. */
async function socketRack(t: Pick<Test, 'teardown'>) {
  const directory = await mkdtemp(join(tmpdir(), 'wire-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const { wire, inbox, ports } = rack(handClock());
  ports.a.close();
  const noted: (string | Fault)[] = [];
  const path = join(directory, 'a.sock');
  const open = (at = path) =>
    openStreamPort({
      path: at,
      attach: (deliver) => wire.attach('a', deliver),
      events: {
        connected: () => noted.push('connected'),
        disconnected: () => noted.push('disconnected'),
        noted: (fault) => noted.push(fault),
      },
    });
  return { wire, inbox, ports, noted, path, open };
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** What a killed process leaves behind: a socket file that nobody listens on. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.made`);
  await once(server, 'listening');
  // Closing removes the name that was listened on; the socket itself stays under its new one.
  await rename(`${path}.made`, path);
  server.close();
  await once(server, 'close');
}

/** Lets the loop turn until it is so; a test that waits for ever is ended by the runner. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((turned) => setImmediate(turned));
}

/** Everything that a socket has said so far. */
function listenTo(socket: Socket): () => Buffer {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  return () => Buffer.concat(chunks);
}

void t.test('stream port: frames both ways, then the peer leaves -> told, and the port listens on', async (t) => {
  const { inbox, ports, noted, path, open } = await socketRack(t);
  const port = await open();
  t.teardown(() => port.close());
  ports.b.send(frame(BROADCAST_MAC, mac(2), 'nobody is there'));
  const qemu = connect(path);
  const heard = listenTo(qemu);
  const one = frame(BROADCAST_MAC, mac(1), 'from qemu');
  qemu.write(Buffer.concat([withLength(one), withLength(one)]));
  await until(() => inbox.b.length === 2);
  t.ok(inbox.b.every((bytes) => bytes.equals(one)));
  const back = frame(mac(1), mac(2), 'to qemu');
  ports.b.send(back);
  ports.b.send(back);
  await until(() => heard().length === 128);
  t.ok(heard().equals(Buffer.concat([withLength(back), withLength(back)])));
  qemu.destroy();
  await until(() => !port.isConnected);
  const next = connect(path);
  await until(() => port.isConnected);
  const newest = connect(path);
  await until(() => noted.length === 5);
  t.same(noted, ['connected', 'disconnected', 'connected', 'disconnected', 'connected']);
  next.destroy();
  newest.destroy();
});

void t.test(
  'stream port: a peer that does not read -> at most 1 MiB waits, the rest is dropped and counted',
  async (t) => {
    const { wire, ports, path, open } = await socketRack(t);
    const port = await open();
    t.teardown(() => port.close());
    const deaf = connect(path);
    deaf.pause();
    await until(() => port.isConnected);
    const large = Buffer.concat([frame(BROADCAST_MAC, mac(2)), Buffer.alloc(60_000)]);
    for (let count = 0; count < 100; count++) ports.b.send(large);
    const { sent_frames = 0, dropped_frames = 0 } = wire.counters('a') ?? {};
    const length_bytes = large.length + 4;
    // The kernel's own socket buffer takes some as well; how much is its business, but it is no megabyte.
    t.ok(sent_frames * length_bytes > QUEUE_BYTES - length_bytes && sent_frames * length_bytes < 2 * QUEUE_BYTES);
    t.equal(dropped_frames, 100 - sent_frames);
    const heard = listenTo(deaf);
    deaf.resume();
    await until(() => heard().length === sent_frames * length_bytes);
    ports.b.send(large);
    t.equal(wire.counters('a')?.dropped_frames, dropped_frames, 'once it reads again nothing is lost');
    deaf.destroy();
  },
);

void t.test('stream port: a peer that announces too long a frame -> cut, noted as WIRE-003', async (t) => {
  const { inbox, noted, path, open } = await socketRack(t);
  const port = await open();
  t.teardown(() => port.close());
  for (const cut_at of [8, 2]) {
    const peer = connect(path);
    const bytes = Buffer.concat([withLength(frame(BROADCAST_MAC, mac(1))), Buffer.from('GET / HTTP/1.1')]);
    peer.write(bytes.subarray(0, 64 + cut_at - 4));
    await once(peer, 'connect');
    peer.write(bytes.subarray(64 + cut_at - 4));
    await once(peer, 'close');
  }
  t.equal(inbox.b.length, 2);
  const fault = { code: 'WIRE-003', kind: 'peer.garbage', port: 'a', length_bytes: 0x47455420 };
  t.same(noted, ['connected', fault, 'disconnected', 'connected', fault, 'disconnected']);
  t.ok(fault.length_bytes > LONGEST_FRAME_BYTES);
});

void t.test(
  'stream port: the path is taken, stale, a file, too long -> a fault with a remedy, or mended',
  async (t) => {
    const { path, open } = await socketRack(t);
    const codeOf = async (opening: Promise<unknown>): Promise<string | undefined> =>
      await opening.then(
        () => 'opened',
        (error: unknown) => faultOf(error)?.code,
      );
    const first = await open();
    t.equal(await codeOf(open()), 'WIRE-001', 'somebody listens there');
    await first.close();
    await writeFile(path, 'precious');
    t.equal(await codeOf(open()), 'WIRE-001', 'a file is left alone');
    await rm(path);
    await leaveStaleSocket(path);
    const second = await open();
    t.pass('a stale socket is replaced');
    await second.close();
    t.equal(await codeOf(open(`${path}${'x'.repeat(100)}`)), 'WIRE-002', 'too long');
    t.equal(await codeOf(open(join(path, 'a'))), 'WIRE-002', 'no such directory');
  },
);
