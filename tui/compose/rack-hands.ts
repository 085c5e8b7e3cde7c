import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { EffectCatalog } from '../../core/effects/catalog.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { Observe } from '../../core/evidence.js';
import type { NodeId } from '../../core/ids.js';
import type { BootOrder } from '../../core/ports/boot-device.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { SiteNode } from '../../core/site/site.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { secretReader } from '../../drivers/secrets/read-secret.js';
import type { EmulatedMishaps } from './emulated-mishaps.js';
import { meaningOf, meant } from './bmc-faults.js';
import { Hands } from './hands.js';
import { openMachineRoom, type MachineRoom } from './machine-room.js';
import { SolConsoles } from './sol-consoles.js';

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

/** How an emulated rack's nodes are switched: each by what its site says. Faults are what a driver's own mean. */
export interface RackSwitches {
  bootDevice(node: NodeId, order: BootOrder, signal: AbortSignalLike): Promise<void>;
  power(node: NodeId, want: PowerState, signal: AbortSignalLike): Promise<void>;
}

/** The same for the machines of a run. */
export interface RackHands extends RackSwitches, AsyncDisposable {
  readonly handlers: (edge: PromiseEdge) => Pick<Handlers, 'bootDevice.ensure' | 'bmc.verify' | 'power.ensure'>;
}

/** In a run nobody is asked anything. */
const NOBODY: OperatorPort = { isThere: () => false, ask: () => Promise.resolve(null) };

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

function switchHandlers(edge: PromiseEdge, switches: RackSwitches) {
  return {
    'bootDevice.ensure': promised(edge, async ({ node, device, lasts = 'always' }, abort) => {
      await switches.bootDevice(node, { device, lasts }, abort);
      return { device };
    }),
    'power.ensure': promised(edge, async ({ node, want }, abort) => {
      await switches.power(node, want, abort);
      return { power: want };
    }),
  } satisfies Partial<Handlers>;
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

interface ThroughParts {
  readonly rack: QemuRack;
  readonly hands: Hands;
  readonly nodes: ReadonlyMap<NodeId, SiteNode>;
  /** Null: nobody asks for any. */
  readonly consoles: SolConsoles | null;
  /** What drivers noticed and worked around, of all nodes. */
  readonly noticed: Fault[];
}

class ThroughHands {
  readonly #parts: ThroughParts;

  constructor(parts: ThroughParts) {
    this.#parts = parts;
  }

  handlers(edge: PromiseEdge): Pick<Handlers, 'bmc.verify'> {
    return { 'bmc.verify': promised(edge, ({ node }, abort) => this.#verify(this.#node(node), abort)) };
  }

  async bootDevice(id: NodeId, order: BootOrder, signal: AbortSignalLike): Promise<void> {
    const { rack, hands } = this.#parts;
    const node = this.#node(id);
    // Outlets know nothing of boot devices: the firmware's own order decides, which is ours here.
    if (node.bmc === null) await rack.bootDevice.ensure(id, order, signal);
    else await meant(id, hands.bmc(node).bootDevice.ensure(order, signal));
  }

  async power(id: NodeId, want: PowerState, signal: AbortSignalLike): Promise<void> {
    const { rack, hands } = this.#parts;
    const node = this.#node(id);
    if (node.power === 'direct') await rack.power.ensure(id, want, signal);
    else await meant(id, hands.power(node).ensure(want, signal));
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
    if (this.#parts.consoles !== null) await meant(id, this.#parts.consoles.attach(id, signal));
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
