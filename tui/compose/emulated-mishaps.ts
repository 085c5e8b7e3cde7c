import { SECTOR_BYTES, diskLayout, slotPartition } from '../../core/disk/layout.js';
import type { NodeId } from '../../core/ids.js';
import type { MishapPort } from '../../core/ports/mishaps.js';
import type { Plan } from '../../core/scenario/plan.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import type { Mishap } from '../../core/scenario/scenario.js';
import type { Image, ImageKind, SiteNode } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import type { WireFaults } from '../../drivers/wire/faults/wire-faults.js';
import { DiskDamage } from './disk-damage.js';
import type { MachineRoom } from './machine-room.js';
import type { LunImage, NodeLuns } from './luns.js';
import type { MeshNodes } from './mesh.js';
import { macOf } from './wire.js';

export interface EmulatedMishapParts {
  readonly plan: Plan;
  readonly luns: NodeLuns;
  readonly builtImage: (kind: ImageKind) => LunImage;
  readonly mesh: Pick<MeshNodes, 'atWritten' | 'diskOf'> | null;
  readonly cutPower: (node: NodeId) => void;
  /** The wire's own fault hook; made after this, as the wire asks us about boot files. */
  readonly wireFaults: () => WireFaults;
}

/**
 * Up to the disk's signature and its table. A processor that is let into zeros runs on into that table, and spins or
 * resets by what stands there: `jmp $` spins for sure.
 */
const MBR_CODE = { at_bytes: 0, size_bytes: 440, instead: Uint8Array.of(0xeb, 0xfe) };
const NOTHING = new Uint8Array();
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
  readonly #unscripted = new Set<NodeId>();
  readonly #disks = new DiskDamage();
  readonly #heals = new Map<string, () => void>();
  #lie: MachineRoom['lie'] = () => {};

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

  /** Whether the HTTP server has no script for the node. */
  isWithoutScript(node: NodeId): boolean {
    return this.#unscripted.has(node);
  }

  /** What has BMCs lie, once there are some. */
  lieBy(lie: MachineRoom['lie']): void {
    this.#lie = lie;
  }

  begin(mishap: Mishap): void {
    this.#change(mishap, true);
  }

  heal(mishap: Mishap): void {
    this.#change(mishap, false);
  }

  /** Only mesh nodes have slots to be written to. */
  atWritten(node: NodeId, percent: number, reached: () => void): void {
    this.#parts.mesh?.atWritten(node, percent, reached);
  }

  #change({ mishap, node }: Mishap, isBroken: boolean): void {
    if (isBmcMishap(mishap)) return this.#lie(node, mishap, isBroken);
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
      case 'script.missing':
        return mark(this.#unscripted, node, isBroken);
      case 'disk.no-boot-code':
        return this.#damage(node, null, isBroken);
      case 'slot.no-boot-loader':
        return this.#damage(node, this.#node(node).slot, isBroken);
      case 'power.cut':
        if (isBroken) cutPower(node);
    }
  }

  /** @param slot null: the disk itself, whose first sector is the first GRUB's */
  #damage(node: NodeId, slot: number | null, isBroken: boolean): void {
    const disk = this.#parts.mesh?.diskOf(node) ?? null;
    if (disk === null) return;
    const name = `${node} ${slot ?? 'disk'}`;
    if (!isBroken) return this.#disks.heal(name);
    if (slot === null) return this.#disks.begin(name, disk, MBR_CODE);
    const { start_sectors } = slotPartition(diskLayout(this.#parts.plan.site.disk), slot);
    this.#disks.begin(name, disk, {
      at_bytes: start_sectors * SECTOR_BYTES,
      size_bytes: SECTOR_BYTES,
      instead: NOTHING,
    });
  }

  #offer(node: NodeId, { name, kind }: Image): void {
    const { luns, builtImage } = this.#parts;
    luns.offer({ image: name, nodes: [node] }, builtImage(kind));
  }

  #loseOffer(node: NodeId): () => void {
    const match = { protocol: 'dhcp', message: 'offer', to: macOf(this.#node(node).mac), nth: 1 } as const;
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
    return this.#node(id).image;
  }

  #node(id: NodeId): SiteNode {
    const node = this.#parts.plan.nodes.find((one) => one.id === id);
    assert(node !== undefined, `${id} takes part`);
    return node;
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
