import type { ImageManifest, NodeKind, PartitionImage, SourceKind } from '../image/manifest.js';
import type { ImageRef } from '../image/ref.js';
import type { AbortSignalLike } from './power.js';

/** What an image is made from: a raw disk, a raw partition, or a directory that Clonezilla wrote. */
export interface ImageSource {
  readonly kind: SourceKind;
  readonly path: string;
}

export interface AddRequest {
  readonly ref: ImageRef;
  readonly source: ImageSource;
  readonly kinds: readonly NodeKind[];
}

/** An image on the shelf; `manifest` is null where it cannot be read, and `verify` tells why. */
export interface ImageEntry {
  readonly ref: ImageRef;
  readonly manifest: ImageManifest | null;
}

/** A partition's compressed stream, as it lies on the shelf. */
export interface PartitionStream {
  readonly partition: PartitionImage;
  /**
   * `partition.stored.size_bytes` bytes in order, for one reader; as often as there are readers, also at the same time.
   * Throws FaultError IMG-004 behind the last byte when they are not those of `partition.stored.sha256`.
   */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** The shelf of images. Every method throws FaultError (IMG-...). */
export interface ImageStore {
  /** In the order of project and name. */
  list(): Promise<readonly ImageEntry[]>;
  /** @throws FaultError IMG-002 where there is none, IMG-004 where it is damaged */
  manifest(ref: ImageRef): Promise<ImageManifest>;
  /** All of it or nothing, also when aborted. Not idempotent: an image that is there is IMG-003. */
  add(request: AddRequest, signal: AbortSignalLike): Promise<ImageManifest>;
  /** @throws FaultError IMG-002, IMG-018 where the image has no such partition */
  open(ref: ImageRef, device: string): Promise<PartitionStream>;
  /** Idempotent: an image that is not there is removed already. */
  remove(ref: ImageRef): Promise<void>;
}
