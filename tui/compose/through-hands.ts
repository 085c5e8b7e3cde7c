import type { EffectCatalog } from '../../core/effects/catalog.js';
import { promised, type PromiseEdge } from '../../core/effects/promised.js';
import type { Handlers } from '../../core/effects/route.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { SiteNode } from '../../core/site/site.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { meaningOf, meant } from './bmc-faults.js';
import type { Hands } from './hands.js';

/** What goes through a node's hardware. */
export type HardwareHandlers = Pick<Handlers, 'bootDevice.ensure' | 'bmc.verify' | 'power.ensure'>;
export type DirectHands = Pick<QemuRack, 'bootDevice' | 'power'>;

export interface ThroughParts {
  /** For nodes that no BMC, and for power that no outlet, is between. */
  readonly rack: DirectHands;
  readonly hands: Hands;
  readonly nodes: ReadonlyMap<NodeId, SiteNode>;
  /** What drivers noticed and worked around, of all nodes. */
  readonly noticed: Fault[];
}

/** What machines ask for, through a node's own BMC and outlets, wherever these are. */
export class ThroughHands {
  readonly #parts: ThroughParts;

  constructor(parts: ThroughParts) {
    this.#parts = parts;
  }

  handlers(edge: PromiseEdge): HardwareHandlers {
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
