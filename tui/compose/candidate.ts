import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageManifest } from '../../core/image/manifest.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { DarkStore } from '../../drivers/dark-store/driver.js';
import { diskHead } from '../../drivers/payload/disk-image.js';
import type { MeshPayload } from '../../drivers/payload/mesh-payload.js';
import type { LunImage } from './luns.js';

export interface LunDiskParts {
  readonly store: DarkStore;
  readonly manifest: ImageManifest;
  /** For disks that LUNs are cloned from. One that is there is never written again: it may have clones. */
  readonly directory: string;
  /** Null for a LUN on which none was ever installed. */
  readonly bootLoader: MeshPayload['lunBootLoader'] | null;
}

/** The disk that LUNs of an image are cloned from, under a name that only the same bytes have. */
export async function lunDiskOf(parts: LunDiskParts, signal: AbortSignalLike): Promise<LunImage> {
  const { store, manifest, directory, bootLoader } = parts;
  const file = join(directory, `${contentOf(parts)}.lun`);
  await mkdir(directory, { recursive: true });
  const headOf = (partition_bytes: number): Uint8Array => diskHead(partition_bytes, bootLoader);
  if (!existsSync(file)) await store.lunDisk(manifest, { path: file, headOf }, signal);
  return { file, label_at: null };
}

/** 32 hex digits. */
function contentOf({ manifest, bootLoader }: LunDiskParts): string {
  const hash = createHash('sha256').update(JSON.stringify([manifest.disk, manifest.partitions]));
  if (bootLoader !== null) hash.update(bootLoader.bootSector).update(bootLoader.core);
  return hash.digest('hex').slice(0, 32);
}
