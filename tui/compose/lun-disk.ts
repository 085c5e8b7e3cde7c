import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestText } from '../../core/image/manifest.js';
import type { ImageRef } from '../../core/image/ref.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { DarkStore } from '../../drivers/dark-store/driver.js';
import { diskHead } from '../../drivers/payload/disk-image.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import type { LunImage } from './luns.js';

export interface LunDiskParts {
  readonly store: DarkStore;
  readonly ref: ImageRef;
  /** For disks that LUNs are cloned from. One that is there is never written again: it may have clones. */
  readonly directory: string;
  /** Null for a LUN on which none was ever installed. */
  readonly bootLoader: MeshPayload['lunBootLoader'] | null;
}

/**
 * The disk that LUNs of an image are cloned from, under a name of its own: another project's image of the same name has
 * another, and so has one that was taken off the shelf and added anew.
 */
export async function lunDiskOf(parts: LunDiskParts, signal: AbortSignalLike): Promise<LunImage> {
  const { store, ref, directory, bootLoader } = parts;
  const file = join(directory, `${await nameOf(parts)}.lun`);
  await mkdir(directory, { recursive: true });
  const headOf = (partition_bytes: number): Uint8Array => diskHead(partition_bytes, bootLoader);
  // It appears when it is whole, so that one that is there is whole.
  if (!existsSync(file)) await store.lunDisk(ref, { path: file, headOf }, signal);
  return { file, label_at: null };
}

/** Removes the disks that nothing is cloned from any more: an image that was taken off leaves nothing on its rack. */
export function removeUnused(directory: string, used: ReadonlySet<string>): void {
  if (!existsSync(directory)) return;
  const disks = readdirSync(directory).filter((name) => name.endsWith('.lun'));
  for (const name of disks) if (!used.has(join(directory, name))) rmSync(join(directory, name));
}

/** 32 hex digits. What an image is of, when it was added and the checksums of its partitions are in its manifest. */
async function nameOf({ store, ref, bootLoader }: LunDiskParts): Promise<string> {
  const hash = createHash('sha256').update(manifestText(await store.manifest(ref)));
  if (bootLoader !== null) hash.update(bootLoader.bootSector).update(bootLoader.core);
  return hash.digest('hex').slice(0, 32);
}
