import type { Clock } from '../../core/clock.js';
import type { BootStop, Medium } from '../../core/ports/image.js';
import type { NodeId } from '../../core/ids.js';
import type { ScenarioImage } from '../../core/scenario/lifecycle.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import type { ImageKind, NodeKind } from '../../core/site/site.js';
import { SimLunSets } from '../drivers/lun-sets.js';
import type { Load } from './load.js';
import { Disk } from './disk.js';
import { Sender } from './sender.js';

/** What is wrong with an image by its kind; null: nothing. */
export const FLAWS: Readonly<Record<ImageKind, Readonly<Record<NodeKind, MishapKind>> | null>> = {
  root: null,
  'no-boot-loader': { root: 'lun.no-boot-loader', mesh: 'slot.no-boot-loader' },
  panic: { root: 'kernel.panic', mesh: 'kernel.panic' },
};

/** A link of 1 Gbit/s; on a network the switch copies, and loses next to nothing. */
const NETWORK = { bandwidth_bytes_per_s: 125_000_000, loss: 0.000_1 };
/** A ramdisk comes up within some seconds of another one's; a node that does not come costs the others this. */
const MUSTER_MS = 15_000;

/** What of the world images are on and go through: the store's network, LUNs, and the local disks of mesh nodes. */
export class Fleet {
  readonly luns = new SimLunSets();
  readonly sender: Sender;
  /** Images that the dark store holds. */
  readonly shelf = new Set<string>();
  /** Instants at which one tenant could have read what another one left; none, if all goes well. */
  readonly leaks: string[] = [];
  readonly #plan: Plan;
  readonly #disks = new Map<NodeId, Disk>();
  readonly #marks = new Map<NodeId, Map<number, (() => void)[]>>();

  constructor(plan: Plan, clock: Clock) {
    this.#plan = plan;
    // A campaign of plain boots makes ten thousand of these a second.
    const nodes = plan.scenario.images.size === 0 ? [] : plan.nodes;
    this.sender = new Sender({ clock, ...NETWORK, muster_ms: MUSTER_MS });
    for (const { id, slot, image } of nodes) {
      if (slot === null) {
        const order = { image: image.name, nodes: [id] };
        this.luns.stage(order);
        this.luns.activate(order);
        continue;
      }
      const disk = new Disk();
      disk.beginWrite(slot, image.name, 'site');
      disk.endWrite(slot);
      disk.setDefault(slot);
      disk.isLaidOut = true;
      this.#disks.set(id, disk);
    }
  }

  image(name: string): ScenarioImage | undefined {
    return this.#plan.scenario.images.get(name);
  }

  get slot_bytes(): number {
    return this.#plan.site.disk.slot_bytes;
  }

  disk(node: NodeId): Disk {
    const disk = this.#disks.get(node);
    if (disk === undefined) throw new Error(`bug: ${node} has no disk of its own`);
    return disk;
  }

  /** What a node that is powered on now boots from its LUN, or from the default slot of its disk. */
  load(node: NodeId): Load {
    const disk = this.#disks.get(node);
    if (disk === undefined) {
      this.luns.newBoot(node);
      const image = this.luns.lunFor(node);
      const flaw = image === null ? ('lun.refuse' as const) : this.#flaw(image, 'root');
      return { image: image ?? 'none', slot: null, flaw };
    }
    const slot = disk.defaultSlot;
    if (slot === null) return { image: 'none', slot: null, flaw: 'disk.no-boot-code' };
    const { image, isWhole } = disk.slot(slot);
    if (image === null || !isWhole) return { image: 'none', slot, flaw: 'slot.no-boot-loader' };
    return { image, slot, flaw: this.#flaw(image, 'mesh') };
  }

  /** Where the boot of an image stops by itself. */
  stopOf(name: string, from: Medium): BootStop | null {
    const kind = this.image(name)?.kind ?? 'root';
    return STOPS[kind]?.[from] ?? null;
  }

  watch(node: NodeId, percent: number, reached: () => void): void {
    const marks = this.#marks.get(node) ?? new Map<number, (() => void)[]>();
    this.#marks.set(node, marks);
    marks.set(percent, [...(marks.get(percent) ?? []), reached]);
  }

  marks(node: NodeId): readonly number[] {
    return [...(this.#marks.get(node)?.keys() ?? [])];
  }

  /** A write to the node's disk has come so far. Who waited for that is told once. */
  passed(node: NodeId, percent: number): void {
    const marks = this.#marks.get(node);
    const [first, ...rest] = marks?.get(percent) ?? [];
    if (rest.length === 0) marks?.delete(percent);
    else marks?.set(percent, rest);
    first?.();
  }

  #flaw(name: string, kind: NodeKind): MishapKind | null {
    const site = this.#plan.site.images.find((image) => image.name === name);
    const found = this.image(name)?.kind ?? site?.kind ?? 'root';
    return FLAWS[found]?.[kind] ?? null;
  }
}

const panic = { code: 'BOOT-006', kind: 'kernel.panic', text: 'no working init found' } as const;
const STOPS: Readonly<Record<ImageKind, Readonly<Record<Medium, BootStop>> | null>> = {
  root: null,
  'no-boot-loader': {
    lun: { stage: 'iscsi.boot', cause: { code: 'BOOT-005', kind: 'lun.noBootLoader', target: 'the LUN on trial' } },
    slot: {
      stage: 'bootloader.mbr',
      cause: { code: 'BOOT-012', kind: 'slot.noBootLoader', slot: 'the slot on trial' },
    },
  },
  panic: { lun: { stage: 'kernel', cause: panic }, slot: { stage: 'kernel', cause: panic } },
};
