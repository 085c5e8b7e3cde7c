import { FaultError } from '../faults/fault.js';
import { isRaw, type FileSystem } from './file-systems.js';
import type { ImageManifest, PartitionImage } from './manifest.js';
import { refText } from './ref.js';

const OF_LINUX: readonly FileSystem[] = ['ext2', 'ext3', 'ext4'];

/**
 * What a node starts from: the image's only file system, else the largest one with a file system of Linux.
 * @throws FaultError IMG-019
 */
export function rootPartition(manifest: ImageManifest): PartitionImage {
  const partitions = manifest.partitions.filter(({ fileSystem }) => !isRaw(fileSystem));
  const candidates = partitions.length === 1 ? partitions : partitions.filter(isOfLinux);
  const [largest] = [...candidates].sort((one, other) => other.size_bytes - one.size_bytes);
  if (largest !== undefined) return largest;
  const has = manifest.partitions.map(({ device, fileSystem }) => `${device} ${fileSystem}`);
  throw new FaultError({ code: 'IMG-019', kind: 'image.noRoot', image: refText(manifest), has });
}

function isOfLinux({ fileSystem }: PartitionImage): boolean {
  return OF_LINUX.includes(fileSystem);
}
