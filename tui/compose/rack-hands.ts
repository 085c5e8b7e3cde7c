import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { EffectCatalog } from '../../core/effects/catalog.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { SiteNode } from '../../core/site/site.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import type { EmulatedMishaps } from './emulated-mishaps.js';
import { meaningOf, meant } from './bmc-faults.js';
import { Hands } from './hands.js';
import { openMachineRoom, type MachineRoom } from './machine-room.js';

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
  readonly handlers: (edge: PromiseEdge) => Pick<Handlers, 'bootDevice.ensure' | 'bmc.verify' | 'power.ensure'>;
}

/** In a run nobody is asked anything. */
const NOBODY: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

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

interface ThroughParts {
  readonly rack: QemuRack;
  readonly hands: Hands;
  readonly nodes: ReadonlyMap<NodeId, SiteNode>;
  /** What drivers noticed and worked around, of all nodes. */
  readonly noticed: Fault[];
}

class ThroughHands {
  readonly #parts: ThroughParts;

  constructor(parts: ThroughParts) {
    this.#parts = parts;
  }

  handlers(edge: PromiseEdge): ReturnType<RackHands['handlers']> {
    const { rack, hands } = this.#parts;
    return {
      'bootDevice.ensure': promised(edge, async ({ node: id, device, lasts = 'always' }, abort) => {
        const node = this.#node(id);
        const order = { device, lasts };
        // Outlets know nothing of boot devices: the firmware's own order decides, which is ours here.
        if (node.bmc === null) await rack.bootDevice.ensure(id, order, abort);
        else await meant(id, hands.bmc(node).bootDevice.ensure(order, abort));
        return { device };
      }),
      'bmc.verify': promised(edge, ({ node }, abort) => this.#verify(this.#node(node), abort)),
      'power.ensure': promised(edge, async ({ node: id, want }, abort) => {
        const node = this.#node(id);
        if (node.power === 'direct') await rack.power.ensure(id, want, abort);
        else await meant(id, hands.power(node).ensure(want, abort));
        return { power: want };
      }),
    };
  }

  /** @returns what is wrong with a BMC that answers, lets us in and takes a boot device; and the node's power */
  async #verify(node: SiteNode, signal: AbortSignalLike): Promise<EffectCatalog['bmc.verify']['out']> {
    const { hands, rack } = this.#parts;
    const { id } = node;
    if (node.bmc === null) return { notes: [], power: await rack.power.read(id, signal) };
    const bmc = hands.bmc(node);
    await meant(id, bmc.identity(signal));
    // First what its driver resets it for, where it has lost its senses.
    const unkept = await this.#tryBootDevice(node, signal);
    const power = await meant(id, bmc.power.read(signal));
    const open = await meant(id, bmc.audit(signal));
    const noticed = this.#parts.noticed.filter((fault) => 'node' in fault && fault.node === id);
    const notes = [...unkept, ...open, ...noticed].flatMap((fault) => meaningOf(id, fault) ?? []);
    return {
      notes: notes.filter(({ code }, index) => notes.findIndex((other) => other.code === code) === index),
      power,
    };
  }

  /** A BMC that forgets the device may still be used: the firmware's own order may be as wanted. */
  async #tryBootDevice(node: SiteNode, signal: AbortSignalLike): Promise<readonly Fault[]> {
    const { id } = node;
    try {
      await this.#parts.hands.bmc(node).bootDevice.ensure({ device: 'network', lasts: 'once' }, signal);
      return [];
    } catch (thrown) {
      const fault = faultOf(thrown);
      const meaning = fault === null ? null : meaningOf(id, fault);
      if (fault === null || meaning?.code !== 'BMC-004') return meant(id, Promise.reject(thrown));
      return [fault];
    }
  }

  #node(id: NodeId): SiteNode {
    const node = this.#parts.nodes.get(id);
    if (node === undefined) throw new Error(`bug: no node ${id} in this run`);
    return node;
  }
}
