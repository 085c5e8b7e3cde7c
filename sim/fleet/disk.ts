import { assert } from '../../core/unreachable.js';

/** What is in a slot. `tenants` are the projects whose bytes lie in it still, be they readable or not. */
export interface SlotContent {
  readonly image: string | null;
  /** Only a slot that was written to its end, boot loader and all, can be booted. */
  readonly isWhole: boolean;
  readonly tenants: ReadonlySet<string>;
}

const EMPTY: SlotContent = { image: null, isWhole: false, tenants: new Set() };

/** The local disk of a mesh node: slots, and which of them the first boot loader starts. It outlives power cuts. */
export class Disk {
  readonly #slots = new Map<number, SlotContent>();
  #default: number | null = null;
  /** Whether its partitions are there: the ramdisk lays them out once. */
  isLaidOut = false;

  get defaultSlot(): number | null {
    return this.#default;
  }

  slot(number: number): SlotContent {
    return this.#slots.get(number) ?? EMPTY;
  }

  slots(): ReadonlyMap<number, SlotContent> {
    return this.#slots;
  }

  /** From its first byte on the slot is not what it was: its boot loader is written last. */
  beginWrite(number: number, image: string, project: string): void {
    const tenants = new Set([...this.slot(number).tenants, project]);
    this.#slots.set(number, { image, isWhole: false, tenants });
  }

  endWrite(number: number): void {
    this.#slots.set(number, { ...this.slot(number), isWhole: true });
  }

  setDefault(number: number): void {
    assert(this.slot(number).isWhole, `slot ${number} is whole before it is the default`);
    this.#default = number;
  }

  wipe(number: number): void {
    this.#slots.delete(number);
  }
}
