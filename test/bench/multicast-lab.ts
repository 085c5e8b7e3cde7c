import { readFileSync } from 'node:fs';
import { startProcess, type RunningProcess } from '../../drivers/process/start.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { multicastOnSocket } from '../../drivers/wire/services/multicast/on-socket.js';
import { newSecret, planText } from '../../drivers/wire/services/multicast/plan.js';
import { openMulticast } from '../../drivers/wire/services/multicast/sender.js';
import type { MulticastReport } from '../../drivers/wire/services/multicast/session.js';

// multicast-lab IMAGE RECEIVERS PROGRAM|udpcast: runs in the sender's namespace, prints what one transfer took.

const POINT = { group: '239.55.1.1', groupPort: 9000, sender: '10.55.0.1', senderPort: 9001 };
const CHUNK_BYTES = 1 << 20;
const LIMIT_MS = 120_000;

const [imageFile = '', count = '1', program = 'udpcast'] = process.argv.slice(2);
const receivers = Array.from({ length: Number(count) }, (_, index) => index + 1);
const image = readFileSync(imageFile);
const sentBefore_bytes = cardSent_bytes();
const limit = setTimeout(() => process.exit(1), LIMIT_MS);
const took_s = program === 'udpcast' ? await byUdpcast() : await byOurs();
clearTimeout(limit);
const copies = (cardSent_bytes() - sentBefore_bytes) / image.length;
console.log(JSON.stringify({ mb_per_s: image.length / 1e6 / took_s, copies, cpu_s: cpu_s() }));

async function byOurs(): Promise<number> {
  const secret = newSecret();
  let at = 0;
  let ended: (report: MulticastReport) => void = () => {};
  const isOver = new Promise<MulticastReport>((resolve) => (ended = resolve));
  const port = await multicastOnSocket(POINT, (datagram) => session.receive(datagram));
  const session = openMulticast({
    clock: systemClock(),
    secret,
    expected: receivers,
    send: port.send,
    onEnd: ended,
    source: { read: () => (at >= image.length ? null : image.subarray(at, (at += CHUNK_BYTES))) },
  });
  const running = receivers.map((receiver) => {
    const child = inside(receiver, [program]);
    child.write(planText({ point: POINT, secret, receiver, address: `10.55.0.${receiver + 1}` }));
    child.closeInput();
    return child;
  });
  const { took_ms } = await isOver;
  await allRight(running);
  port.close();
  return took_ms / 1000;
}

async function byUdpcast(): Promise<number> {
  const silent = ['--interface', 'e0', '--nokbd', '--no-progress'];
  const running = receivers.map((receiver) => {
    const child = inside(receiver, ['udp-receiver', ...silent, '--start-timeout', '20', '--file', '/dev/null']);
    child.closeInput();
    return child;
  });
  let startedAt = 0;
  let endedAt = 0;
  const hear = (bytes: Buffer): void => {
    const text = bytes.toString('latin1');
    if (text.includes('Starting transfer')) startedAt = performance.now();
    if (text.includes('Transfer complete')) endedAt = performance.now();
  };
  const waits = ['--min-receivers', count, '--max-wait', '10', '--full-duplex'];
  const argv = ['udp-sender', ...silent, ...waits, '--file', imageFile] as const;
  const sender = startProcess({ argv, onOutput: hear, onErrorOutput: hear });
  await allRight([sender, ...running]);
  if (startedAt === 0 || endedAt === 0) throw new Error('udpcast did not say when it began or ended');
  return (endedAt - startedAt) / 1000;
}

function inside(receiver: number, argv: readonly string[]): RunningProcess {
  return startProcess({ argv: ['nsenter', `--net=/run/netns/n${receiver}`, ...argv], input: 'pipe' });
}

async function allRight(running: readonly RunningProcess[]): Promise<void> {
  for (const { ended } of running) {
    const { exitCode, errorTail } = await ended;
    if (exitCode !== 0) throw new Error(`a program ended with ${exitCode}: ${errorTail}`);
  }
}

/** Bytes of whole frames, as the kernel counts them. */
function cardSent_bytes(): number {
  const [, numbers = ''] = /e0:\s*(.*)/.exec(readFileSync('/proc/self/net/dev', 'utf8')) ?? [];
  return Number(numbers.split(/\s+/)[8]);
}

/** Ours and that of all children which have ended, with the reading of the image and the start of Node. */
function cpu_s(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  // proc(5): utime, stime, cutime, cstime are fields 14 to 17; two went with the name. 100 ticks a second.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}
