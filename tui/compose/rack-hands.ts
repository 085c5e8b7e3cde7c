import { dirname, join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import { openMachineRoom } from './machine-room.js';
import { nodeHands, type NodeHands } from './node-hands.js';

/** The hands of those nodes of a run that are not switched by the emulator itself. */
export interface RackHands extends AsyncDisposable {
  readonly of: ReadonlyMap<NodeId, NodeHands>;
  /** Has a node's BMC do wrong, or right again. */
  readonly lie: (node: NodeId, kind: BmcMishapKind, isTold: boolean) => void;
}

export interface RackHandsParts {
  readonly plan: Plan;
  readonly rack: QemuRack;
  readonly clock: Clock;
  readonly scratch: string;
  readonly noted: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** Brings BMCs and PDUs up and their drivers with them; nothing where no node is switched by any. */
export async function openRackHands(parts: RackHandsParts): Promise<RackHands> {
  const { plan, rack, clock, scratch, noted, signal } = parts;
  const { site, nodes } = plan;
  if (nodes.every(({ power }) => power === 'direct')) {
    return { of: new Map(), lie: () => {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const readSecret = secretReader({ folder: dirname(site.file), environment: process.env, clock });
  const directory = join(scratch, 'bmc');
  const room = await openMachineRoom({ site, nodes, rack, clock, directory, readSecret, noted, signal });
  const of = new Map<NodeId, NodeHands>();
  for (const node of nodes) {
    const { places } = room;
    const hands = await nodeHands(node, { site, places, clock, readSecret, signal, noticed: noted });
    if (hands !== null) of.set(node.id, hands);
  }
  return {
    of,
    lie: room.lie,
    async [Symbol.asyncDispose]() {
      await Promise.all([...of.values()].map((hands) => hands[Symbol.asyncDispose]()));
      await room[Symbol.asyncDispose]();
    },
  };
}
