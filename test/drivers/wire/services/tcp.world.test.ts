import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Clock } from '../../../../core/clock.js';
import { seededRandom } from '../../../../core/random.js';
import type { ByteStream } from '../../../../drivers/wire/byte-stream.js';
import { openTcp, type Tcp } from '../../../../drivers/wire/services/tcp/tcp.js';
import type { FaultHook } from '../../../../drivers/wire/wire-port.js';
import { isInLab, openLab, randomBytes, type Lab } from './lab.js';

// The Linux kernel's TCP, as curl uses it, against ours, over the uplink and over a bad line.

const TCP = 6;
const BODY = randomBytes(16 << 20);
/** What one write hands over: small enough that the send buffer's mark is met again and again. */
const PIECE_BYTES = 64 << 10;

/** What happens to a frame, in percent of all; delayed ones come behind those sent later. */
interface Weather {
  readonly lost: number;
  readonly doubled: number;
  readonly delayed: number;
}

if (await isInLab(t, import.meta.url)) {
  const lab = await openLab();
  const tcp = serve(lab);
  await t.test('curl: 16 MiB over a good line -> byte for byte', (t) => download(t, lab));

  const lines: readonly Weather[] = [
    { lost: 1, doubled: 0, delayed: 0 },
    { lost: 0, doubled: 0, delayed: 5 },
    { lost: 1, doubled: 1, delayed: 2 },
  ];
  for (const weather of lines) {
    const { lost, doubled, delayed } = weather;
    await t.test(
      `curl: 16 MiB, ${lost} % lost, ${doubled} % doubled, ${delayed} % late -> byte for byte`,
      async (t) => {
        const line = badLine(weather, lab.clock);
        lab.wire.setFaultHook(line.hook);
        await download(t, lab);
        lab.wire.setFaultHook(null);
        t.ok(line.harmed_frames() > 50, 'the line was bad');
      },
    );
  }

  await t.test('curl: 4 downloads at once -> byte for byte', async (t) => {
    const outputs = Array.from({ length: 4 }, (_, index) => `-o got${index} http://10.99.0.1:8080/`).join(' ');
    const { exitCode, output } = await lab.run(`curl -sS -Z --parallel-immediate ${outputs}`);
    t.equal(exitCode, 0, output);
    for (let index = 0; index < 4; index++) t.ok(readFileSync(join(lab.folder, `got${index}`)).equals(BODY));
  });

  await t.test('a port that nobody listens on -> refused at once', async (t) => {
    t.match((await lab.run('curl -sS http://10.99.0.1:81/ || echo code $?')).output, 'code 7');
  });
  tcp.close();
  await lab.close();
}

async function download(t: Test, lab: Lab): Promise<void> {
  const { exitCode, output } = await lab.run('rm -f got; curl -sS -m 50 -o got http://10.99.0.1:8080/');
  t.equal(exitCode, 0, output);
  t.ok(readFileSync(join(lab.folder, 'got')).equals(BODY));
}

/** Not every kernel has netem, and this one repeats itself: the same seed treats the n-th frame alike. */
function badLine(weather: Weather, clock: Clock): { readonly hook: FaultHook; readonly harmed_frames: () => number } {
  const random = seededRandom(1);
  let harmed_frames = 0;
  const hook: FaultHook = (frame, forward) => {
    const draw = random.next() * 100;
    const isLost = draw < weather.lost;
    const isDoubled = !isLost && draw < weather.lost + weather.doubled;
    const isLate = draw >= 100 - weather.delayed;
    if (isLost || isDoubled || isLate) harmed_frames++;
    if (isLost) return 'lost';
    if (isDoubled) forward(frame);
    if (isLate) clock.setTimer(2, () => forward(frame));
    return isLate;
  };
  return { hook, harmed_frames: () => harmed_frames };
}

function serve(lab: Lab): Tcp {
  const tcp = openTcp({ link: lab.host, clock: lab.clock, random: seededRandom(1) });
  lab.host.bindProtocol(TCP, (from, segment) => tcp.receive(from, segment));
  tcp.listen(8080, (stream) => {
    let asked = '';
    stream.onData((bytes) => {
      asked += bytes.toString('latin1');
      if (asked.endsWith('\r\n\r\n')) answer(stream);
    });
    stream.onEnd(() => stream.end());
  });
  return tcp;
}

/** The body in pieces, stopping whenever the stream says so. */
function answer(stream: ByteStream): void {
  stream.write(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n`));
  let at = 0;
  const goOn = (): void => {
    while (at < BODY.length) {
      const isRoom = stream.write(BODY.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (!isRoom) return;
    }
    stream.end();
  };
  stream.onDrain(goOn);
  goOn();
}
