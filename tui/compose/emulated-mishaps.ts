import type { NodeId } from '../../core/ids.js';
import type { MishapPort } from '../../core/ports/mishaps.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { Mishap } from '../../core/scenario/scenario.js';
import type { Image, ImageKind } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import type { WireFaults } from '../../drivers/wire/faults/wire-faults.js';
import type { LunImage, NodeLuns } from './luns.js';
import { macOf } from './wire.js';

export interface EmulatedMishapParts {
  readonly plan: Plan;
  readonly luns: NodeLuns;
  readonly builtImage: (kind: ImageKind) => LunImage;
  readonly cutPower: (node: NodeId) => void;
  /** The wire's own fault hook; made after this, as the wire asks us about boot files. */
  readonly wireFaults: () => WireFaults;
}

/** Mishaps that put another image into a node's LUN. */
const BROKEN_IMAGES = { 'lun.no-boot-loader': 'no-boot-loader', 'kernel.panic': 'panic' } as const;

/** Which images a plan's nodes may come to boot, by what they have and by what will happen to them. */
export function imagesOf({ nodes, scenario }: Plan): readonly ImageKind[] {
  const broken = scenario.mishaps.flatMap(({ mishap }) =>
    mishap === 'lun.no-boot-loader' || mishap === 'kernel.panic' ? [BROKEN_IMAGES[mishap]] : [],
  );
  return [...new Set([...nodes.map(({ image }) => image.kind), ...broken])];
}

/** How the emulated rack breaks things: by what its services answer, which LUN they offer, and by the power. */
export class EmulatedMishaps implements MishapPort {
  readonly #parts: EmulatedMishapParts;
  readonly #muted = new Set<NodeId>();
  readonly #misled = new Set<NodeId>();
  readonly #heals = new Map<string, () => void>();

  constructor(parts: EmulatedMishapParts) {
    this.#parts = parts;
  }

  isMuted(node: NodeId): boolean {
    return this.#muted.has(node);
  }

  /** The boot file that DHCP names. */
  bootFile(node: NodeId): string {
    const { bootFile } = this.#parts.plan.site;
    return this.#misled.has(node) ? `${bootFile}.missing` : bootFile;
  }

  begin(mishap: Mishap): void {
    this.#change(mishap, true);
  }

  heal(mishap: Mishap): void {
    this.#change(mishap, false);
  }

  /** Nothing is written to slots in this world. */
  atWritten(): void {}

  #change({ mishap, node }: Mishap, isBroken: boolean): void {
    const { luns, cutPower } = this.#parts;
    switch (mishap) {
      case 'dhcp.mute':
        return mark(this.#muted, node, isBroken);
      case 'boot-file.wrong':
        return mark(this.#misled, node, isBroken);
      case 'lun.refuse':
        return luns.refuse(node, isBroken);
      case 'lun.no-boot-loader':
      case 'kernel.panic':
        return this.#offer(node, isBroken ? imageOfKind(BROKEN_IMAGES[mishap]) : this.#image(node));
      case 'wire.cut':
        return this.#strike(`cut ${node}`, isBroken, () => this.#parts.wireFaults().cut(node));
      case 'wire.offer-lost':
        return this.#strike(`offer ${node}`, isBroken, () => this.#loseOffer(node));
      // Only mesh nodes meet these.
      case 'script.missing':
      case 'disk.no-boot-code':
      case 'slot.no-boot-loader':
        return;
      case 'power.cut':
        if (isBroken) cutPower(node);
    }
  }

  #offer(node: NodeId, { name, kind }: Image): void {
    const { luns, builtImage } = this.#parts;
    luns.offer({ image: name, nodes: [node] }, builtImage(kind));
  }

  #loseOffer(node: NodeId): () => void {
    const mac = this.#parts.plan.nodes.find(({ id }) => id === node)?.mac;
    assert(mac !== undefined, `${node} takes part`);
    const match = { protocol: 'dhcp', message: 'offer', to: macOf(mac), nth: 1 } as const;
    const rule = this.#parts.wireFaults().add({ match, action: { kind: 'drop' } });
    return () => rule.heal();
  }

  /** Begins a fault of the wire, or heals the one of that name. */
  #strike(name: string, isBroken: boolean, begin: () => () => void): void {
    const heal = this.#heals.get(name);
    if (isBroken && heal === undefined) this.#heals.set(name, begin());
    if (isBroken) return;
    heal?.();
    this.#heals.delete(name);
  }

  #image(id: NodeId): Image {
    const node = this.#parts.plan.nodes.find((one) => one.id === id);
    assert(node !== undefined, `${id} takes part`);
    return node.image;
  }
}

/** Nobody has given it a name. */
function imageOfKind(kind: ImageKind): Image {
  return { name: kind, kind };
}

function mark(set: Set<NodeId>, node: NodeId, isIn: boolean): void {
  if (isIn) set.add(node);
  else set.delete(node);
}
