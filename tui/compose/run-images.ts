import { refText } from '../../core/image/ref.js';
import type { BootStop, ImagePort, Medium } from '../../core/ports/image.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { refOf, type ScenarioImage } from '../../core/scenario/lifecycle.js';
import { assert } from '../../core/unreachable.js';
import { slotStream } from '../../core/image/slot-stream.js';
import type { DarkStore } from '../../drivers/dark-store/driver.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import { lunDiskOf, removeUnused } from './lun-disk.js';
import type { LunImage } from './luns.js';
import type { SlotImage } from './slot-image.js';
import type { Validate } from './validate.js';

export interface RunImageParts {
  readonly images: ReadonlyMap<string, ScenarioImage>;
  /** A file with what was handed in as an image's partition; null where it is on the shelf from the start. */
  readonly handedIn: (image: ScenarioImage) => Promise<string | null>;
  /** Holds what was handed in, until it has booted. */
  readonly trial: DarkStore;
  /** Where images go that boot, and where nodes get them from. */
  readonly shelf: DarkStore;
  /** For the disks that LUNs are cloned from. */
  readonly directory: string;
  /** The room that there is in each slot. */
  readonly slot_bytes: number;
  readonly bootLoader: MeshPayload['lunBootLoader'];
  readonly validate: Validate;
}

/** What the images of a run are made from, where they are kept, and whether they boot. */
export class RunImages implements ImagePort {
  readonly #parts: RunImageParts;
  readonly #disks = new Map<string, Promise<LunImage>>();
  /** One validation at a time: a boot under emulation takes a core of its own. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: RunImageParts) {
    this.#parts = parts;
  }

  validate(name: string, from: Medium, signal: AbortSignalLike): Promise<BootStop | null> {
    const verdict = this.#turn.then(() => this.#validate(name, from, signal));
    this.#turn = verdict.catch(() => {});
    return verdict;
  }

  async store(name: string, signal: AbortSignalLike): Promise<void> {
    const { shelf, handedIn } = this.#parts;
    const image = this.#image(name);
    const ref = refOf(image);
    if (shelf.has(ref)) return;
    const path = await handedIn(image);
    assert(path !== null, `${refText(ref)} is on the shelf, or was handed in`);
    await shelf.add({ ref, source: { kind: 'partition', path }, kinds: kindsOf(image) }, signal);
  }

  /** What LUNs are cloned from: the image's file system, taken off the shelf, behind a boot loader. */
  lunImage = (name: string, signal: AbortSignalLike): Promise<LunImage> => {
    const known = this.#disks.get(name);
    if (known !== undefined) return known;
    const disk = this.#lunDisk(this.#parts.shelf, this.#image(name), signal);
    this.#disks.set(name, disk);
    disk.catch(() => this.#disks.delete(name));
    return disk;
  };

  /** What the ramdisk writes into a slot, as it lies on the shelf. */
  slotImage = (name: string): Promise<SlotImage> => this.#slotImage(this.#parts.shelf, this.#image(name));

  /** Removes the disks that no LUN is a clone of any more; not while any is being staged. */
  removeUnused(used: ReadonlySet<string>): void {
    removeUnused(this.#parts.directory, used);
  }

  /** Comes when no validation is under way any more. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async #validate(name: string, from: Medium, signal: AbortSignalLike): Promise<BootStop | null> {
    const image = this.#image(name);
    const store = await this.#onTrial(image, signal);
    if (store === null) return null;
    const candidate =
      from === 'slot'
        ? { from, slot: await this.#slotImage(store, image) }
        : { from, lun: await this.#lunDisk(store, image, signal) };
    const verdict = await this.#parts.validate({ image: name, candidate, signal });
    return verdict.ok ? null : { stage: verdict.stage, cause: verdict.fault };
  }

  /** The store that holds the image before it is accepted; null: it was accepted when it was shelved. */
  async #onTrial(image: ScenarioImage, signal: AbortSignalLike): Promise<DarkStore | null> {
    const { trial, shelf, handedIn } = this.#parts;
    const ref = refOf(image);
    if (shelf.has(ref)) return null;
    if (trial.has(ref)) return trial;
    const path = await handedIn(image);
    assert(path !== null, `${refText(ref)} is on the shelf, or was handed in`);
    await trial.add({ ref, source: { kind: 'partition', path }, kinds: kindsOf(image) }, signal);
    return trial;
  }

  #lunDisk(store: DarkStore, image: ScenarioImage, signal: AbortSignalLike): Promise<LunImage> {
    const { directory } = this.#parts;
    // One that finds nothing to start is no boot loader, as on a LUN whose image never got one installed.
    const bootLoader = image.kind === 'no-boot-loader' ? null : this.#parts.bootLoader;
    return lunDiskOf({ store, ref: refOf(image), directory, bootLoader }, signal);
  }

  #slotImage(store: DarkStore, image: ScenarioImage): Promise<SlotImage> {
    return slotStream(store, refOf(image), this.#parts.slot_bytes);
  }

  #image(name: string): ScenarioImage {
    const image = this.#parts.images.get(name);
    assert(image !== undefined, `${name} is an image of the run`);
    return image;
  }
}

function kindsOf({ media }: ScenarioImage): ('root' | 'mesh')[] {
  return media.map((medium) => (medium === 'lun' ? 'root' : 'mesh'));
}
