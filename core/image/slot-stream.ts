import { FaultError } from '../faults/fault.js';
import type { ImageStore } from '../ports/image-store.js';
import { fitsIn } from './fits.js';
import type { PartitionImage } from './manifest.js';
import type { Compression } from './part-name.js';
import type { ImageRef } from './ref.js';
import { rootPartition } from './root-partition.js';

/** What goes into a slot: a partclone image, packed. */
export interface SlotStream {
  readonly partition: PartitionImage;
  /** Of the packed stream. */
  readonly size_bytes: number;
  /** Of the packed stream, lower-case hex. */
  readonly sha256: string;
  readonly packing: Compression;
  /**
   * The packed stream from its start, for one reader; as often as there are readers, also at the same time.
   * Throws FaultError IMG-004 behind the last byte when they are not those of `sha256`.
   */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/**
 * The root partition of an image for slots of `room_bytes`; nothing of it is read before `open`.
 * @throws FaultError IMG-002, IMG-004, IMG-012 where a slot is too small for it, IMG-019
 */
export async function slotStream(store: ImageStore, ref: ImageRef, room_bytes: number): Promise<SlotStream> {
  const partition = rootPartition(await store.manifest(ref));
  const fault = fitsIn(partition, room_bytes);
  if (fault !== null) throw new FaultError(fault);
  const { open } = await store.open(ref, partition.device);
  return { partition, ...partition.stored, packing: partition.compression, open };
}
