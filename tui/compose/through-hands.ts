import type { EffectCatalog } from '../../core/effects/catalog.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { BootOrder } from '../../core/ports/boot-device.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import type { SiteNode } from '../../core/site/site.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { meaningOf, meant } from './bmc-faults.js';
import type { Hands } from './hands.js';
import type { SolConsoles } from './sol-consoles.js';

/** What goes through a node's hardware. */
export type HardwareHandlers = Pick<Handlers, 'bootDevice.ensure' | 'bmc.verify' | 'power.ensure'>;
export type DirectHands = Pick<QemuRack, 'bootDevice' | 'power'>;

/** How an emulated rack's nodes are switched: each by what its site says. Faults are what a driver's own mean. */
export interface RackSwitches {
  bootDevice(node: NodeId, order: BootOrder, signal: AbortSignalLike): Promise<void>;
  power(node: NodeId, want: PowerState, signal: AbortSignalLike): Promise<void>;
}

export interface ThroughParts {
  /** For nodes that no BMC, and for power that no outlet, is between. */
  readonly rack: DirectHands;
  readonly hands: Hands;
  readonly nodes: ReadonlyMap<NodeId, SiteNode>;
  /** Null: nobody asks for any. */
  readonly consoles: Pick<SolConsoles, 'attach'> | null;
  /** What drivers noticed and worked around, of all nodes. */
  readonly noticed: Fault[];
}

/** What is asked of nodes goes through their own BMCs and outlets, wherever these are. */
export class ThroughHands implements RackSwitches {
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

export function switchHandlers(edge: PromiseEdge, switches: RackSwitches) {
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
