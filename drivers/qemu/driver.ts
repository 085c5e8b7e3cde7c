import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Observe, Stage } from '../../core/evidence.js';
import { FaultError } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Works } from '../../core/machine-room/chassis.js';
import type { BootDevicePort } from '../../core/ports/boot-device.js';
import type { SerialLine } from '../../core/ports/machine-room.js';
import type { AbortSignalLike, PowerPort } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';
import type { Accelerator, GuestTime, QemuNode } from './node.js';
import { openRackUnit, type Keeps, type RackUnit } from './rack-unit.js';
import { openSlots } from './slots.js';
import type { Found } from './take-over.js';
import { UnitBook } from './unit-book.js';
import { UnitPlace } from './unit-place.js';
import type { ToldBefore } from './witness.js';

export interface QemuRackOptions {
  readonly nodes: readonly QemuNode[];
  readonly clock: Clock;
  readonly observe: Observe;
  /** How far a node's boot has come by all evidence, for the Fault of a lost power; the console's view unless given. */
  readonly stageOf?: (node: NodeId) => Stage;
  readonly accelerator: Accelerator;
  /** Holds `<node>.log` of every node, `<node>.qemu.log` of one that is heard elsewhere; must exist. */
  readonly consoleDirectory: string;
  /** Holds the monitor sockets; must exist, and its path be short: a socket's whole path has at most 107 bytes. */
  readonly socketDirectory: string;
  /** How many nodes may boot at once; the number of cores unless told. */
  readonly slots?: number;
  readonly guestTime?: GuestTime;
  /** The nodes outlive us, however we end but in order; unless told, they end with us. */
  readonly lasting?: LastingRack;
}

export interface LastingRack {
  /** Holds a folder for each node, where it is found again. Absolute, and short. */
  readonly directory: string;
  /** Joins a node's NICs to the wire; `isNew` when it is being switched on. */
  readonly plug: (node: NodeId, isNew: boolean) => Promise<void>;
}

/** Emulated nodes: one QEMU process for each that is on. */
export interface QemuRack extends AsyncDisposable {
  readonly power: PowerPort;
  readonly bootDevice: BootDevicePort;
  /** The machine in the node's chassis. @throws FaultError QMU-010 for a node that is not in the rack */
  works(node: NodeId): Works;
  /** The node's serial console, for as long as the rack is there. @throws FaultError QMU-010 */
  line(node: NodeId): SerialLine;
  /**
   * For a rack that lasts, before anything else: becomes the holder of whatever runs.
   * @param told what is known already of each node's present power-on: not told again
   * @throws FaultError QMU-005 and what the wire throws
   */
  takeOver(told: (node: NodeId) => ToldBefore): Promise<ReadonlyMap<NodeId, Found>>;
  /** What was heard of a node's console that is heard elsewhere. @throws FaultError QMU-010 */
  heard(node: NodeId, bytes: Buffer): void;
  /** The node's boot has arrived or failed: its slot goes to the next in the queue. Twice does nothing more. */
  release(node: NodeId): void;
  /** What QEMU called itself when a node was last switched on, such as `7.2.22`; null before the first. */
  version(): string | null;
}

export function openQemuRack(options: QemuRackOptions): QemuRack {
  const slots = openSlots(options.slots ?? availableParallelism());
  const units = new Map<NodeId, RackUnit>();
  let version: string | null = null;
  const greeted = (by: string): void => void (version = by);
  for (const [index, node] of options.nodes.entries()) {
    const monitorPath = join(options.socketDirectory, `q${index}`);
    const { stageOf, lasting } = options;
    const stageKnown = stageOf === undefined ? null : () => stageOf(node.node);
    const keeps = lasting === undefined ? null : keepsOf(node.node, lasting);
    units.set(
      node.node,
      openRackUnit({ guestTime: 'host', ...options, node, monitorPath, slots, stageKnown, greeted, keeps }),
    );
  }
  const unitNamed = (node: NodeId): RackUnit => {
    const unit = units.get(node);
    if (unit === undefined) throw new FaultError({ code: 'QMU-010', kind: 'node.unknown', node });
    return unit;
  };
  const unitOf = (node: NodeId, signal: AbortSignalLike): RackUnit => {
    if (signal.aborted) throw aborted();
    return unitNamed(node);
  };
  return {
    works: (node) => unitNamed(node).works,
    line: (node) => unitNamed(node).line,
    power: {
      read: async (node, signal) => unitOf(node, signal).read(),
      ensure: async (node, want, signal) => unitOf(node, signal).ensure(want, signal),
    },
    bootDevice: {
      ensure: async (node, want, signal) => unitOf(node, signal).bootFrom(want),
    },
    takeOver: async (told) => {
      const found = [...units].map(async ([node, unit]) => [node, await unit.takeOver(told(node))] as const);
      return new Map(await Promise.all(found));
    },
    heard: (node, bytes) => unitNamed(node).heard(bytes),
    release: (node) => units.get(node)?.release(),
    version: () => version,
    async [Symbol.asyncDispose]() {
      await Promise.all([...units.values()].map((unit) => unit.close()));
    },
  };
}

function keepsOf(node: NodeId, { directory, plug }: LastingRack): Keeps {
  return { book: new UnitBook(new UnitPlace(join(directory, node))), plug: (isNew) => plug(node, isNew) };
}
