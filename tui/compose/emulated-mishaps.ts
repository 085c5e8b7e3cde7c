import type { NodeId } from '../../core/ids.js';
import type { MishapPort } from '../../core/ports/mishaps.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { Mishap } from '../../core/scenario/scenario.js';
import type { ImageKind } from '../../core/site/site.js';
import type { NodeLuns } from './luns.js';

export interface EmulatedMishapParts {
  readonly plan: Plan;
  readonly luns: NodeLuns;
  readonly cutPower: (node: NodeId) => void;
}

/** How the emulated rack breaks things: by what its services answer, which LUN they offer, and by the power. */
export class EmulatedMishaps implements MishapPort {
  readonly #parts: EmulatedMishapParts;
  readonly #muted = new Set<NodeId>();
  readonly #misled = new Set<NodeId>();

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
        return luns.offer(node, isBroken ? 'no-boot-loader' : this.#image(node));
      case 'kernel.panic':
        return luns.offer(node, isBroken ? 'panic' : this.#image(node));
      case 'power.cut':
        if (isBroken) cutPower(node);
    }
  }

  #image(id: NodeId): ImageKind {
    return this.#parts.plan.nodes.find((node) => node.id === id)?.image.kind ?? 'root';
  }
}

function mark(set: Set<NodeId>, node: NodeId, isIn: boolean): void {
  if (isIn) set.add(node);
  else set.delete(node);
}
