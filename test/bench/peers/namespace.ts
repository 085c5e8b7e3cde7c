import { startProcess, type RunningProcess } from '../../../drivers/process/start.js';
import type { Need } from '../figure.js';

/** What a namespace with a bridge in it takes, besides the rights to make one. */
export const NAMESPACE_NEEDS: readonly Need[] = [
  { program: 'unshare', debianPackage: 'util-linux' },
  { program: 'ip', debianPackage: 'iproute2' },
];

/** A network namespace that lives as long as a process of ours. */
export interface Namespace extends AsyncDisposable {
  readonly pid: number;
  /** argv of a program in it. */
  readonly inside: (argv: readonly string[]) => readonly [string, ...string[]];
}

/**
 * @param setup shell commands, run in it first
 * @throws when the host lets nobody make one, or a command fails
 */
export async function openNamespace(setup: string): Promise<Namespace> {
  const isRoot = process.getuid?.() === 0;
  const way = isRoot ? ['--net'] : ['--user', '--map-root-user', '--net'];
  const script = `set -e; ip link set lo up; ${setup}\necho METALRIG-NAMESPACE; exec sleep infinity`;
  const holder = await startedAndSaid(['unshare', ...way, 'sh', '-c', script], 'METALRIG-NAMESPACE');
  const entry = isRoot ? ['--net'] : ['--user', '--preserve-credentials', '--net'];
  return {
    pid: holder.pid,
    inside: (argv) => ['nsenter', '--target', String(holder.pid), ...entry, ...argv],
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}

/**
 * A bridge with the address 10.99.0.1 and taps tap0, tap1, ... on it.
 * @see ip-tuntap(8)
 */
export function bridgeWithTaps(taps: number): string {
  const each = Array.from(
    { length: taps },
    (_, number) => `ip tuntap add tap${number} mode tap; ip link set tap${number} master br0 up`,
  );
  const bridge = 'ip link add br0 type bridge; ip addr add 10.99.0.1/24 dev br0; ip addr add fd99::1/64 dev br0 nodad';
  return [bridge, 'ip link set br0 up', ...each].join('; ');
}

/** A guest boots in 2 s, in 30 s when eight others do so as well. */
const LIMIT_MS = 120_000;

/** Starts a program and waits until it has printed `word`. @throws when it ends before */
export async function startedAndSaid(argv: readonly [string, ...string[]], word: string): Promise<RunningProcess> {
  let said = '';
  let heard = (): void => {};
  const isSaid = new Promise<void>((resolve) => (heard = resolve));
  const child = startProcess({
    argv,
    onOutput(bytes) {
      said += bytes.toString('latin1');
      if (said.includes(word)) heard();
    },
  });
  const died = child.ended.then(({ errorTail }) => {
    throw new Error(`${argv[0]} ended: ${errorTail}`);
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  await Promise.race([isSaid, died]).finally(() => clearTimeout(limit));
  // From now on its end is its owner's business.
  died.catch(() => {});
  return child;
}
