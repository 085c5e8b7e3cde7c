import { join } from 'node:path';
import type { NodeId } from '../../core/ids.js';
import { targetName, type ImageKind, type Site, type SiteNode } from '../../core/site/site.js';
import type { BlockStore } from '../../core/ports/block-store.js';
import { labelBytes } from '../../drivers/payload/label.js';
import { Clone } from '../../drivers/lun-store/clone.js';
import { Image } from '../../drivers/lun-store/image.js';
import { TargetSet } from '../../drivers/wire/services/iscsi/target.js';
import { BOOT_LUN } from './wire.js';

export interface LunParts {
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  /** Files of the images as they were built; nobody writes to them. */
  readonly images: Readonly<Record<ImageKind, string>>;
  /** Where in each image its label stands. */
  readonly labels: Readonly<Record<ImageKind, number>>;
  /** Where the nodes' own LUNs are kept. */
  readonly directory: string;
}

/** Every node's target: its own LUN, that only it can log in to. */
export class NodeLuns implements Disposable {
  readonly targets = new TargetSet([]);
  readonly #parts: LunParts;
  readonly #bases = new Map<ImageKind, Image>();
  readonly #stores = new Map<NodeId, Clone>();
  #clones = 0;
  readonly #refused = new Set<NodeId>();

  constructor(parts: LunParts) {
    this.#parts = parts;
    for (const node of parts.nodes) this.offer(node.id, node.image.kind);
  }

  /** From the next login on the node's LUN is a fresh clone of this image. */
  offer(id: NodeId, kind: ImageKind): void {
    this.#stores.get(id)?.close();
    this.#clones += 1;
    const path = join(this.#parts.directory, `${id}.${this.#clones}.lun`);
    const clone = Clone.create(this.#base(kind), path);
    this.#stores.set(id, clone);
    const name = this.#parts.nodes.find((node) => node.id === id)?.image.name ?? kind;
    writeLabel(clone, this.#parts.labels[kind], name);
    this.#publish(id);
  }

  /** Takes the node off its target's access list, or puts it back. */
  refuse(id: NodeId, isRefused: boolean): void {
    if (isRefused) this.#refused.add(id);
    else this.#refused.delete(id);
    this.#publish(id);
  }

  [Symbol.dispose](): void {
    for (const store of [...this.#stores.values(), ...this.#bases.values()]) store.close();
  }

  #base(kind: ImageKind): Image {
    const known = this.#bases.get(kind);
    if (known !== undefined) return known;
    const base = Image.open(this.#parts.images[kind], { isReadOnly: true });
    this.#bases.set(kind, base);
    return base;
  }

  #publish(id: NodeId): void {
    const { site, nodes } = this.#parts;
    const node = nodes.find((one) => one.id === id);
    const store = this.#stores.get(id);
    if (node === undefined || store === undefined) return;
    this.targets.add({
      iqn: targetName(site, id),
      luns: [{ number: BOOT_LUN, store }],
      initiators: {
        addresses: this.#refused.has(id) ? [] : [node.address],
        ...(node.initiators.length === 0 ? {} : { names: node.initiators }),
      },
    });
  }
}

/** The image says its own name when it is up: the site's, whatever it was built as. */
function writeLabel(store: BlockStore, offset: number, name: string): void {
  const start = offset - (offset % store.block_bytes);
  const sector = Buffer.from(store.read(start, store.block_bytes));
  labelBytes(name).copy(sector, offset - start);
  store.write(start, sector);
}
