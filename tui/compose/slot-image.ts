import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { Image } from '../../core/site/site.js';
import { labelBytes } from '../../drivers/payload/label.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import type { Packing } from '../../drivers/wire/services/deploy/plan.js';

/** An image as it is sent to slots: what partclone wrote, packed. */
export interface SlotImage {
  /** Of the packed stream, as its checksum is. */
  readonly size_bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly packing: Packing;
  /** A new reading from the beginning on; each node that writes the image has its own. */
  open(): AsyncIterable<Uint8Array>;
}

/** Finds, or makes, what is sent to slots that are to hold an image. */
export type FindSlotImage = (image: string, signal: AbortSignalLike) => Promise<SlotImage>;

/** For a run that brings none: nobody asks. */
export const noImages: FindSlotImage = (image) => Promise.reject(new Error(`bug: nobody handed in ${image}`));

/** One of the images that a site names, out of what the payload builder built for its kind. */
export function siteImage({ streams, streamLabels }: MeshPayload, { name, kind }: Image): SlotImage {
  const stream = readFileSync(streams[kind]);
  labelBytes(name).copy(stream, streamLabels[kind]);
  const bytes = gzipSync(stream, { level: 1 });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size_bytes: bytes.length, sha256, packing: 'gzip', open: () => wholeOf(bytes) };
}

async function* wholeOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
