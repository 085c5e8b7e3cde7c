import type { Test } from 'tap';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../../../core/random.js';
import { assert } from '../../../../core/unreachable.js';
import type { Clock } from '../../../../core/clock.js';
import { runProcess } from '../../../../drivers/process/run.js';
import { systemClock } from '../../../../drivers/system-clock/system-clock.js';
import { parseIpv4, parseMac, type Ipv4, type Mac } from '../../../../drivers/wire/address.js';
import { openWireHost, type WireHost } from '../../../../drivers/wire/host.js';
import { makeSwitch, type Switch } from '../../../../drivers/wire/switch.js';
import { openUplink, type Uplink } from '../../../../drivers/wire/uplink/uplink.js';

/**
 * Two network namespaces and our wire between them: this process in the one, foreign programs in the other, on the
 * kernel's VXLAN interface `vx0`. Both belong to a process tree of their own and go with it.
 */
export interface Lab {
  readonly clock: Clock;
  readonly wire: Switch;
  /** Ours, 10.99.0.1/16. */
  readonly host: WireHost;
  readonly uplink: Uplink;
  /** An empty folder that programs run in. */
  readonly folder: string;
  /** Runs a shell command on the wire as 10.99.0.50 (52:54:00:99:00:50); output holds stderr as well. */
  run(command: string): Promise<LabRun>;
  close(): Promise<void>;
}

export interface LabRun {
  readonly exitCode: number | null;
  readonly output: string;
}

export const LAB_SERVER = ipv4('10.99.0.1');
export const LAB_CLIENT_MAC = mac('52:54:00:99:00:50');

/** The kernel's VXLAN does not talk to a socket in its own namespace, hence two and a veth pair. */
const SETUP = `set -e
mount -t tmpfs tmpfs /run; mkdir -p /run/netns
ip link set lo up; ip netns add clients
ip link add up0 type veth peer name up1 netns clients
ip addr add 10.98.0.2/30 dev up0; ip link set up0 mtu 1600 up
ip -n clients link set lo up
ip -n clients addr add 10.98.0.1/30 dev up1; ip -n clients link set up1 mtu 1600 up
ip -n clients link add vx0 address 52:54:00:99:00:50 type vxlan id 42 dstport 4789 \\
  local 10.98.0.1 remote 10.98.0.2 nolearning
nsenter --net=/run/netns/clients ethtool -K vx0 tx off
ip -n clients link set vx0 mtu 1500 up; ip -n clients addr add 10.99.0.50/16 brd + dev vx0`;

/** A command in a user namespace is root there; where user namespaces are forbidden, root itself does without. */
const WAYS_IN = [
  ['unshare', '--user', '--map-root-user', '--net', '--mount'],
  ['unshare', '--net', '--mount'],
] as const;

const LONGEST_MS = 180_000;
const INSIDE = 'METALRIG_LAB';

/** Runs this very test file once more, inside new namespaces, as a subtest. @returns true in there: go on and test */
export async function isInLab(t: Test, moduleUrl: string): Promise<boolean> {
  // Downloads on a busy machine take longer than tap's 30 s.
  t.setTimeout(LONGEST_MS);
  if (process.env[INSIDE] !== undefined) return true;
  const way = await firstWorking();
  await t.spawn(way[0], [...way.slice(1), process.execPath, '--enable-source-maps', fileURLToPath(moduleUrl)], {
    env: { ...process.env, [INSIDE]: '1' },
    timeout: LONGEST_MS,
  });
  return false;
}

export async function openLab(): Promise<Lab> {
  const setup = await runProcess({ argv: ['sh', '-c', SETUP] });
  assert(setup.exitCode === 0, `the namespaces could not be made: ${setup.errorTail}`);
  const clock = systemClock();
  const wire = makeSwitch(clock);
  const host = openWireHost({
    mac: mac('52:54:00:99:00:fe'),
    address: LAB_SERVER,
    prefix_bits: 16,
    attach: (deliver) => wire.attach('services', deliver),
    clock,
  });
  const uplink = await openUplink({
    attach: (deliver) => wire.attach('uplink', deliver),
    local: { address: '10.98.0.2', port: 4789 },
    remote: { address: '10.98.0.1', port: 4789 },
    network: 42,
  });
  const folder = mkdtempSync(join(tmpdir(), 'metalrig-lab-'));
  return {
    clock,
    wire,
    host,
    uplink,
    folder,
    run: (command) => runIn(folder, ['nsenter', '--net=/run/netns/clients', 'sh', '-c', `exec 2>&1; ${command}`]),
    async close() {
      await uplink.close();
      host.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function mac(text: string): Mac {
  const address = parseMac(text);
  assert(address !== null, `${text} is a MAC`);
  return address;
}

export function ipv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  assert(address !== null, `${text} is an address`);
  return address;
}

/** The same bytes for the same size. */
export function randomBytes(size_bytes: number): Buffer {
  const random = seededRandom(size_bytes);
  const bytes = Buffer.alloc(size_bytes + 3);
  for (let at = 0; at < size_bytes; at += 4) bytes.writeUInt32LE(random.next() * 2 ** 32, at);
  return bytes.subarray(0, size_bytes);
}

async function runIn(directory: string, argv: readonly [string, ...string[]]): Promise<LabRun> {
  const { exitCode, output } = await runProcess({ argv, directory }, AbortSignal.timeout(60_000));
  return { exitCode, output: output.toString() };
}

async function firstWorking(): Promise<(typeof WAYS_IN)[number]> {
  const failures: string[] = [];
  for (const way of WAYS_IN) {
    const tried = await runProcess({ argv: [...way, 'true'] });
    if (tried.exitCode === 0) return way;
    failures.push(tried.errorTail);
  }
  throw new Error(`this host lets nobody make a network namespace: ${failures.join('; ')}`);
}
