import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../../core/evidence.js';
import { nodeId, type NodeId } from '../../../core/ids.js';
import { openQemuRack, type QemuRack } from '../../../drivers/qemu/driver.js';
import type { GuestTime, QemuNode } from '../../../drivers/qemu/node.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';

export interface TestRack extends AsyncDisposable {
  readonly rack: QemuRack;
  readonly node: NodeId;
  readonly directory: string;
  readonly observed: Observation[];
  /** The next observation, also one that came already, that `isIt` holds for; each is given once. */
  next(isIt: (observation: Observation) => boolean): Promise<Observation>;
  /** QEMU's connections to the wire, in order: each is one power-on, and closes when its process is gone. */
  readonly wires: Socket[];
  nextWire(): Promise<Socket>;
  log(): Promise<string>;
}

/** A rack of one node on real QEMU, on a wire where nobody answers. */
export async function openTestRack(
  extra: Partial<QemuNode> = {},
  { guestTime = 'instructions', hurry = 1 }: { readonly guestTime?: GuestTime; readonly hurry?: number } = {},
): Promise<TestRack> {
  const directory = await mkdtemp(join(tmpdir(), 'rack-'));
  const node = nodeId('root1');
  const observed = queue<Observation>();
  const wires = queue<Socket>();
  const wire = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    wires.push(socket);
  });
  const wirePath = join(directory, 'w');
  await new Promise<void>((resolve) => void wire.listen(wirePath, resolve));
  const nic = { model: 'virtio-net-pci', mac: '52:54:00:99:00:01', wirePath } as const;
  const clock = systemClock();
  const rack = openQemuRack({
    nodes: [{ node, memory_mib: 128, nics: [nic], ...extra }],
    clock: {
      now: () => clock.now() * hurry,
      setTimer: (delay_ms, fire) => clock.setTimer(delay_ms / hurry, fire),
    },
    observe: observed.push,
    accelerator: 'tcg',
    guestTime,
    consoleDirectory: directory,
    socketDirectory: directory,
  });
  return {
    rack,
    node,
    directory,
    observed: observed.all,
    next: observed.next,
    wires: wires.all,
    nextWire: () => wires.next(() => true),
    log: () => readFile(join(directory, 'root1.log'), 'latin1'),
    async [Symbol.asyncDispose]() {
      await rack[Symbol.asyncDispose]();
      wire.close();
      await rm(directory, { recursive: true });
    },
  };
}

interface Queue<T> {
  readonly all: T[];
  readonly push: (item: T) => void;
  readonly next: (isIt: (item: T) => boolean) => Promise<T>;
}

function queue<T>(): Queue<T> {
  const all: T[] = [];
  const untaken: T[] = [];
  const waiting: { readonly isIt: (item: T) => boolean; readonly resolve: (item: T) => void }[] = [];
  return {
    all,
    push(item) {
      all.push(item);
      const index = waiting.findIndex(({ isIt }) => isIt(item));
      if (index === -1) untaken.push(item);
      else waiting.splice(index, 1)[0]?.resolve(item);
    },
    next(isIt) {
      const index = untaken.findIndex(isIt);
      const [item] = index === -1 ? [] : untaken.splice(index, 1);
      return item === undefined ? new Promise((resolve) => waiting.push({ isIt, resolve })) : Promise.resolve(item);
    },
  };
}
