import type { Fault } from '../../core/faults/fault.js';
import { faultOf } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { BlockStore } from '../../core/ports/block-store.js';
import type { LunOrder } from '../../core/ports/lun-sets.js';
import { targetName, type Site, type SiteNode } from '../../core/site/site.js';
import { labelBytes } from '../../drivers/payload/label.js';
import { LunSets } from '../../drivers/lun-store/lun-sets.js';
import { TargetSet } from '../../drivers/wire/services/iscsi/target.js';
import type { LunConfig } from '../../drivers/wire/services/iscsi/target-config.js';
import { BOOT_LUN } from './wire.js';

export interface LunParts {
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  /** Where the two sets are kept. */
  readonly directory: string;
  readonly noted: (fault: Fault) => void;
}

/** A disk that LUNs are cloned from; nobody writes to it. */
export interface LunImage {
  readonly file: string;
  /** Where in it a label stands that is to hold the image's name, in bytes; null: nowhere. */
  readonly label_at: number | null;
}

/** Every node's target: its own LUN of the set that is active when it boots, that only it can log in to. */
export class NodeLuns implements Disposable {
  readonly targets = new TargetSet([]);
  readonly sets: LunSets;
  readonly #parts: LunParts;
  readonly #refused = new Set<NodeId>();

  constructor(parts: LunParts) {
    this.#parts = parts;
    this.sets = LunSets.open(parts.directory);
    for (const { id } of parts.nodes) this.#publish(id);
  }

  /** The nodes' LUNs of the image are in the other set. */
  stage(order: LunOrder, { file, label_at }: LunImage): void {
    const prepare = (lun: BlockStore): void => {
      if (label_at !== null) writeLabel(lun, label_at, order.image);
    };
    this.sets.stage({ ...order, file, prepare });
  }

  /** From the next login on the nodes' LUNs are of this image, also in the middle of a boot. */
  offer(order: LunOrder, image: LunImage): void {
    this.stage(order, image);
    this.sets.activate(order);
    for (const node of order.nodes) this.newBoot(node);
  }

  /** Whoever is still logged in to the node's target belongs to a boot that is over. */
  newBoot(node: NodeId): void {
    this.sets.newBoot(node);
    this.#publish(node);
  }

  /** Ends all sessions with the nodes' targets: what they are logged in to is about to be taken away. */
  withdraw(nodes: readonly NodeId[]): void {
    for (const node of nodes) this.#publish(node);
  }

  /** Takes the node off its target's access list, or puts it back. */
  refuse(id: NodeId, isRefused: boolean): void {
    if (isRefused) this.#refused.add(id);
    else this.#refused.delete(id);
    this.#publish(id);
  }

  [Symbol.dispose](): void {
    this.targets.close();
    this.sets.close();
  }

  #publish(id: NodeId): void {
    const { site, nodes } = this.#parts;
    const node = nodes.find((one) => one.id === id);
    if (node === undefined) return;
    this.targets.add({
      iqn: targetName(site, id),
      luns: [],
      lunsAtLogin: () => this.#lunsFor(id),
      initiators: {
        addresses: this.#refused.has(id) ? [] : [node.address],
        ...(node.initiators.length === 0 ? {} : { names: node.initiators }),
      },
    });
  }

  /** A node whose LUN cannot be opened is refused like one that has none; what is wrong is noted. */
  #lunsFor(node: NodeId): readonly LunConfig[] | null {
    try {
      const store = this.sets.lunFor(node);
      return store === null ? null : [{ number: BOOT_LUN, store }];
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault === null) throw thrown;
      this.#parts.noted(fault);
      return null;
    }
  }
}

/** The image says its own name when it is up, whatever it was built as. */
function writeLabel(store: BlockStore, offset: number, name: string): void {
  const start = offset - (offset % store.block_bytes);
  const sector = Buffer.from(store.read(start, store.block_bytes));
  labelBytes(name).copy(sector, offset - start);
  store.write(start, sector);
}
