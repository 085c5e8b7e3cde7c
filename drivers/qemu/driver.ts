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
import { openRackUnit, type RackUnit } from './rack-unit.js';
import { openSlots } from './slots.js';

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
}

/** Emulated nodes: one QEMU process for each that is on. */
export interface QemuRack extends AsyncDisposable {
  readonly power: PowerPort;
  readonly bootDevice: BootDevicePort;
  /** The machine in the node's chassis. @throws FaultError QMU-010 for a node that is not in the rack */
  works(node: NodeId): Works;
  /** The node's serial console, for as long as the rack is there. @throws FaultError QMU-010 */
  line(node: NodeId): SerialLine;
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
    const { stageOf } = options;
    const stageKnown = stageOf === undefined ? null : () => stageOf(node.node);
    units.set(
      node.node,
      openRackUnit({ guestTime: 'host', ...options, node, monitorPath, slots, stageKnown, greeted }),
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
    heard: (node, bytes) => unitNamed(node).heard(bytes),
    release: (node) => units.get(node)?.release(),
    version: () => version,
    async [Symbol.asyncDispose]() {
      await Promise.all([...units.values()].map((unit) => unit.close()));
    },
  };
}
