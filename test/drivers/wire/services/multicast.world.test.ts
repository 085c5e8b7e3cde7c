import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { seededRandom } from '../../../../core/random.js';
import { assert } from '../../../../core/unreachable.js';
import { guestDirectory } from '../../../../drivers/payload/cached-build.js';
import { runProcess } from '../../../../drivers/process/run.js';
import { startProcess, type RunningProcess } from '../../../../drivers/process/start.js';
import { systemClock } from '../../../../drivers/system-clock/system-clock.js';
import { encode, EVERYBODY, NOTICE, type Message } from '../../../../drivers/wire/services/multicast/message.js';
import { multicastOnSocket } from '../../../../drivers/wire/services/multicast/on-socket.js';
import { newSecret, planText, type SessionSecret } from '../../../../drivers/wire/services/multicast/plan.js';
import { makeSeal } from '../../../../drivers/wire/services/multicast/seal.js';
import { openMulticast } from '../../../../drivers/wire/services/multicast/sender.js';
import type { MulticastReport } from '../../../../drivers/wire/services/multicast/session.js';
import { isInLab, randomBytes } from './lab.js';

// guest/mcast.c as host processes, on the loopback of a namespace, against our sender on an ordinary UDP socket.

const IMAGE = randomBytes(48 << 20);
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
const POINT = { group: '239.66.1.1', groupPort: 9000, sender: '127.0.0.1', senderPort: 9001 };
const LOOPBACK = 'ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo';

interface Deployment {
  readonly report: MulticastReport;
  /** What sha256sum said behind each receiver. */
  readonly sums: readonly string[];
}

interface Running {
  readonly process: RunningProcess;
  readonly sum: () => string;
}

function receive(program: string, secret: SessionSecret, receiver: number): Running {
  const lines: string[] = [];
  // dash has no pipefail: the receiver's own exit code comes after the sum.
  const script = `exec 3>&1; { ${program}; echo "code $?" >&3; } | sha256sum`;
  const process = startProcess({ argv: ['sh', '-c', script], input: 'pipe', onLine: (line) => lines.push(line) });
  process.write(planText({ point: POINT, secret, receiver, address: '127.0.0.1' }));
  process.closeInput();
  return { process, sum: () => lines.join(' ') };
}

/** One image to many processes; `disturb` is told when a part of it has gone out. */
async function deploy(
  program: string,
  receivers: number,
  disturb: (running: readonly Running[]) => void = () => {},
): Promise<Deployment> {
  const secret = newSecret();
  const clock = systemClock();
  let at = 0;
  let isDisturbed = false;
  let ended: (report: MulticastReport) => void = () => {};
  const isOver = new Promise<MulticastReport>((resolve) => (ended = resolve));
  const port = await multicastOnSocket(POINT, (datagram) => session.receive(datagram));
  const running = Array.from({ length: receivers }, (_, number) => receive(program, secret, number));
  const session = openMulticast({
    clock,
    secret,
    expected: running.map((_, number) => number),
    send: port.send,
    onEnd: ended,
    source: {
      read() {
        if (at > IMAGE.length / 2 && !isDisturbed) {
          isDisturbed = true;
          disturb(running);
        }
        return at >= IMAGE.length ? null : IMAGE.subarray(at, (at += 1 << 20));
      },
    },
  });
  const report = await isOver;
  await Promise.all(running.map(({ process }) => process.ended));
  port.close();
  return { report, sums: running.map(({ sum }) => sum()) };
}

async function compile(compiler: readonly [string, ...string[]], program: string): Promise<void> {
  const files = ['mcast.c', 'sha256.c', 'system.c'].map((file) => join(guestDirectory(), file));
  const { exitCode, errorTail } = await runProcess({ argv: [...compiler, '-o', program, ...files] });
  assert(exitCode === 0, errorTail);
}

/** Damaged, cut and forged datagrams, some with a right tag, as one who has the key might send them. */
function noise(secret: SessionSecret, seed: number): readonly Buffer[] {
  const random = seededRandom(seed);
  const dice = (sides: number): number => Math.floor(random.next() * sides);
  const seal = makeSeal(secret.key);
  const { session } = secret;
  const messages = (): readonly Message[] => [
    { kind: 'data', window: dice(70), block: dice(64), payload: Buffer.alloc(1 + dice(1408), dice(256)) },
    { kind: 'data', window: dice(2 ** 32), block: dice(64), payload: Buffer.alloc(1408, 1) },
    { kind: 'poll', poll: dice(2 ** dice(33)), sent_windows: dice(2 ** dice(33)), end: null },
    {
      kind: 'poll',
      poll: 5 + dice(9),
      sent_windows: dice(9),
      end: { size_bytes: dice(2 ** 53), sha256: Buffer.alloc(32) },
    },
    { kind: 'notice', receiver: dice(65_536), notice: dice(9) },
    { kind: 'join', receiver: 0, capacity_windows: 9 },
  ];
  return Array.from({ length: 400 }, () => {
    const message = messages()[dice(6)];
    const datagram = encode(message ?? { kind: 'leave', receiver: 0, reason: 0 }, session);
    if (dice(3) === 0) datagram[12 + dice(datagram.length - 28)] = dice(256);
    const cut = dice(4) === 0 ? datagram.subarray(0, Math.max(16, dice(datagram.length))) : datagram;
    return dice(5) === 0 ? cut : seal.seal(cut);
  });
}

async function fuzz(program: string, seed: number): Promise<{ exitCode: number | null; said: string }> {
  const secret = newSecret();
  let isHeard: () => void = () => {};
  const joined = new Promise<void>((resolve) => (isHeard = resolve));
  const port = await multicastOnSocket(POINT, () => isHeard());
  const process = startProcess({ argv: [program], input: 'pipe' });
  process.write(planText({ point: POINT, secret, receiver: 0, address: '127.0.0.1' }));
  process.closeInput();
  await Promise.race([joined, process.ended]);
  for (const datagram of noise(secret, seed)) port.send(datagram);
  const notice = encode({ kind: 'notice', receiver: EVERYBODY, notice: NOTICE.aborted }, secret.session);
  port.send(makeSeal(secret.key).seal(notice));
  const { exitCode, errorTail } = await process.ended;
  port.close();
  return { exitCode, said: errorTail };
}

if (await isInLab(t, import.meta.url)) {
  const network = await runProcess({ argv: ['sh', '-c', LOOPBACK] });
  assert(network.exitCode === 0, network.errorTail);
  const folder = mkdtempSync(join(tmpdir(), 'metalrig-mcast-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'mcast');
  await compile(['tcc', '-nostdlib', '-nostdinc', '-static', '-Werror'], program);

  await t.test('eight receivers as the guest has them -> all whole, at 1.3 copies at most', async (t) => {
    const { report, sums } = await deploy(program, 8);
    for (const sum of sums) isWhole(t, sum);
    t.ok(
      report.receivers.every(({ outcome }) => outcome === 'complete'),
      JSON.stringify(report.receivers),
    );
    const ratio = report.sent_bytes / IMAGE.length;
    t.ok(ratio <= 1.3, `${ratio.toFixed(3)} times the image`);
    t.comment(`${ratio.toFixed(3)} times the image in ${Math.round(report.took_ms)} ms`);
  });

  await t.test(
    'one of eight is killed in the middle -> dropped as silent, the others whole at 1.3 copies',
    async (t) => {
      const disturbed = await deploy(program, 8, (running) => running[5]?.process.kill('SIGKILL'));
      disturbed.sums.forEach((sum, receiver) => (receiver === 5 ? t.notMatch(sum, 'code 0') : isWhole(t, sum)));
      t.equal(disturbed.report.receivers[5]?.fault?.code, 'MCAST-002');
      t.ok(disturbed.report.sent_bytes <= 1.3 * IMAGE.length, `${disturbed.report.sent_bytes}`);
    },
  );

  await t.test('what reads the image dies -> the sender is told at once, by an exit code', async (t) => {
    const { report, sums } = await deploy(`${program}; echo "code $?" >&3; } | { head -c 1000000`, 2);
    t.same(
      report.receivers.map(({ fault }) => fault?.code),
      ['MCAST-006', 'MCAST-006'],
    );
    t.match(sums[0], 'code 9');
  });

  await t.test('arbitrary datagrams, many of them with a right tag -> no error that a sanitizer sees', async (t) => {
    const checked = join(folder, 'mcast-checked');
    const options = ['-g', '-O1', '-Wall', '-Werror', '-DHOSTED', '-fno-builtin', '-fsanitize=address,undefined'];
    await compile(['gcc', ...options, '-fno-sanitize-recover'], checked);
    const { report, sums } = await deploy(checked, 1);
    isWhole(t, sums[0]);
    t.equal(report.receivers[0]?.outcome, 'complete');
    for (let seed = 1; seed <= 25; seed++) {
      const { exitCode, said } = await fuzz(checked, seed);
      t.ok([0, 5, 6, 8, 10].includes(exitCode ?? -1), `seed ${seed}: ${exitCode} ${said}`);
      t.notMatch(said, 'anitizer');
    }
  });

  for (const [plan, why] of [
    ['', 'lacks a line'],
    ['group=1.2.3.4\nkey=xyz\n', 'bad line'],
    ['receiver=65535\n', 'bad line'],
    ['key=' + 'a'.repeat(5000), 'lacks a line'],
  ]) {
    await t.test(`a plan such as ${JSON.stringify(plan?.slice(0, 30))} -> exit code 2`, async (t) => {
      const { exitCode, errorTail } = await runProcess({ argv: [program], input: plan ?? '' });
      t.equal(exitCode, 2);
      t.match(errorTail, why);
    });
  }
}

function isWhole(t: Test, sum: string | undefined): void {
  t.match(sum, SHA256);
  t.match(sum, 'code 0');
}
