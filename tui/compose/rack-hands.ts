import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Fault } from '../../core/faults/fault.js';
import type { Observe } from '../../core/evidence.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import type { EmulatedMishaps } from './emulated-mishaps.js';
import { Hands } from './hands.js';
import { openMachineRoom, type MachineRoom } from './machine-room.js';
import { SolConsoles } from './sol-consoles.js';
import {
  switchHandlers,
  ThroughHands,
  type HardwareHandlers,
  type RackSwitches,
  type ThroughParts,
} from './through-hands.js';

export interface RackHandsParts {
  readonly plan: Plan;
  readonly rack: QemuRack;
  readonly mishaps: EmulatedMishaps;
  readonly clock: Clock;
  /** For what BMCs need; nobody else may look into it. */
  readonly scratch: string;
  readonly observe: Observe;
  /** Where what consoles say is kept. */
  readonly consoleDirectory: string;
  /** Nodes may be on already. */
  readonly isResumed: boolean;
  readonly noted: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** The same for the machines of a run. */
export interface RackHands extends RackSwitches, AsyncDisposable {
  readonly handlers: (edge: PromiseEdge) => HardwareHandlers;
}

/** In a run nobody is asked anything. */
export const NOBODY: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

/** BMCs and PDUs are there only where a node is switched by some. @throws FaultError as `openMachineRoom` */
export async function openRackHands(parts: RackHandsParts): Promise<RackHands> {
  const { plan, rack, mishaps, clock, scratch, signal } = parts;
  const isDirect = plan.nodes.every((node) => node.power === 'direct' && node.console === 'direct');
  if (isDirect) return directHands(rack);
  const folder = join(plan.site.file, '..');
  const readSecret = secretReader({ folder, environment: process.env, clock });
  const directory = join(scratch, 'bmc');
  const room = await openMachineRoom({ ...parts, site: plan.site, nodes: plan.nodes, directory, readSecret, signal });
  mishaps.lieBy(room.lie);
  const { hands, noticed } = reachingFor(room, parts);
  const consoles = new SolConsoles({ ...parts, hands });
  if (parts.isResumed) await consoles.attachAll(signal);
  return {
    ...through({ ...parts, hands, consoles, noticed }),
    async [Symbol.asyncDispose]() {
      await consoles[Symbol.asyncDispose]();
      await hands[Symbol.asyncDispose]();
      await room[Symbol.asyncDispose]();
    },
  };
}

type Reach = Pick<RackHandsParts, 'plan' | 'rack' | 'clock'>;

/** Hands that reach for the BMCs and PDUs that are there; these stay when they are put away. No console is theirs. */
export function handsIn(room: MachineRoom, parts: Reach): RackHands {
  const { hands, noticed } = reachingFor(room, parts);
  return {
    ...through({ ...parts, hands, consoles: null, noticed }),
    [Symbol.asyncDispose]: () => hands[Symbol.asyncDispose](),
  };
}

function reachingFor({ places }: MachineRoom, { plan, clock }: Reach): Pick<ThroughParts, 'hands' | 'noticed'> {
  const noticed: Fault[] = [];
  const hands = new Hands({
    site: plan.site,
    clock,
    rack: { version: 1, pid: process.pid, site: plan.site.file, ...places },
    operator: NOBODY,
    notice: (fault) => void noticed.push(fault),
  });
  return { hands, noticed };
}

function through({ plan, ...parts }: Omit<ThroughParts, 'nodes'> & Reach): Omit<RackHands, typeof Symbol.asyncDispose> {
  const reaching = new ThroughHands({ ...parts, nodes: new Map(plan.nodes.map((node) => [node.id, node])) });
  return {
    handlers: (edge) => ({ ...switchHandlers(edge, reaching), ...reaching.handlers(edge) }),
    bootDevice: (node, order, abort) => reaching.bootDevice(node, order, abort),
    power: (node, want, abort) => reaching.power(node, want, abort),
  };
}

function directHands(rack: QemuRack): RackHands {
  const switches: RackSwitches = {
    bootDevice: (node, order, abort) => rack.bootDevice.ensure(node, order, abort),
    power: (node, want, abort) => rack.power.ensure(node, want, abort),
  };
  return {
    ...switches,
    handlers: (edge) => ({
      ...switchHandlers(edge, switches),
      // What is switched directly has no BMC that could be wrong.
      'bmc.verify': promised(edge, async ({ node }, abort) => {
        return { notes: [], power: await rack.power.read(node, abort) };
      }),
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
