import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { faultOf, type Fault } from '../../../core/faults/fault.js';
import { BROADCAST_MAC } from '../../../drivers/wire/address.js';
import { LONGEST_FRAME_BYTES } from '../../../drivers/wire/frame-splitter.js';
import { QUEUE_BYTES } from '../../../drivers/wire/send-queue.js';
import { openStreamPort } from '../../../drivers/wire/stream-port.js';
import { handClock } from './switch-clock.js';
import { frame, mac, rack } from './switch-rack.js';

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
