import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Fault } from '../../core/faults/fault.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import type { EmulatedMishaps } from './emulated-mishaps.js';
import { Hands } from './hands.js';
import { openMachineRoom, type MachineRoom } from './machine-room.js';
import { ThroughHands, type HardwareHandlers } from './through-hands.js';

export interface RackHandsParts {
  readonly plan: Plan;
  readonly rack: QemuRack;
  readonly mishaps: EmulatedMishaps;
  readonly clock: Clock;
  /** For what BMCs need; nobody else may look into it. */
  readonly scratch: string;
  readonly noted: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** How the machines of a run switch an emulated rack's nodes: each by what its site says. */
export interface RackHands extends AsyncDisposable {
  readonly handlers: (edge: PromiseEdge) => HardwareHandlers;
}

/** In a run nobody is asked anything. */
export const NOBODY: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

/** BMCs and PDUs are there only where a node is switched by some. @throws FaultError as `openMachineRoom` */
export async function openRackHands(parts: RackHandsParts): Promise<RackHands> {
  const { plan, rack, mishaps, clock, scratch, signal } = parts;
  if (plan.nodes.every(({ power }) => power === 'direct')) return directHands(rack);
  const folder = join(plan.site.file, '..');
  const readSecret = secretReader({ folder, environment: process.env, clock });
  const directory = join(scratch, 'bmc');
  const room = await openMachineRoom({ ...parts, site: plan.site, nodes: plan.nodes, directory, readSecret, signal });
  mishaps.lieBy(room.lie);
  const hands = handsIn(room, parts);
  return {
    ...hands,
    async [Symbol.asyncDispose]() {
      await hands[Symbol.asyncDispose]();
      await room[Symbol.asyncDispose]();
    },
  };
}

/** Hands that reach for the BMCs and PDUs that are there; these stay when they are put away. */
export function handsIn(room: MachineRoom, parts: Pick<RackHandsParts, 'plan' | 'rack' | 'clock'>): RackHands {
  const { plan, rack, clock } = parts;
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const noticed: Fault[] = [];
  const hands = new Hands({
    site: plan.site,
    clock,
    rack: { version: 1, pid: process.pid, site: plan.site.file, ...room.places },
    operator: NOBODY,
    notice: (fault) => void noticed.push(fault),
  });
  const through = new ThroughHands({ rack, hands, nodes, noticed });
  return { handlers: (edge) => through.handlers(edge), [Symbol.asyncDispose]: () => hands[Symbol.asyncDispose]() };
}

function directHands(rack: QemuRack): RackHands {
  return {
    handlers: (edge) => ({
      'bootDevice.ensure': promised(edge, async ({ node, device, lasts = 'always' }, abort) => {
        await rack.bootDevice.ensure(node, { device, lasts }, abort);
        return { device };
      }),
      // What is switched directly has no BMC that could be wrong.
      'bmc.verify': promised(edge, async ({ node }, abort) => {
        return { notes: [], power: await rack.power.read(node, abort) };
      }),
      'power.ensure': promised(edge, async ({ node, want }, abort) => {
        await rack.power.ensure(node, want, abort);
        return { power: want };
      }),
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
