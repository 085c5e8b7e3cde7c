import { fitsIn } from '../../core/image/fits.js';
import { SECTOR_BYTES } from '../../core/image/partition-table.js';
import { rootPartition } from '../../core/image/root-partition.js';
import { FaultError } from '../../core/faults/fault.js';
import { restoreDisk, unpack, type Restoring } from './restore.js';
import { withTarget, writeAt } from './target.js';

/** What stands on a disk before its only partition of so many bytes: MBR and boot loader, whole sectors. */
export type HeadOf = (partition_bytes: number) => Uint8Array;

/** A disk as its LUN is to be: the image's own where it has one, else its root partition behind `headOf`. */
export async function writeLunDisk(target: string, headOf: HeadOf, work: Restoring): Promise<void> {
  const { manifest } = work;
  if (manifest.disk !== null) return restoreDisk(target, work);
  const root = rootPartition(manifest);
  const partition_bytes = Math.ceil(root.size_bytes / SECTOR_BYTES) * SECTOR_BYTES;
  const head = headOf(partition_bytes);
  await withTarget(target, head.length + partition_bytes, async ({ path, size_bytes }) => {
    const fault = fitsIn(root, size_bytes - head.length);
    if (fault !== null) throw new FaultError(fault);
    writeAt(path, head, 0);
    await unpack(root, { path, offset_bytes: head.length }, work);
  });
}
