import type { ImageFault } from '../faults/image.js';
import type { PartitionImage } from './manifest.js';

/**
 * Whether a partition's image can be restored into a place of `room_bytes`: a slot, a LUN, a partition.
 * @returns null when it fits
 */
export function fitsIn(
  partition: Pick<PartitionImage, 'device' | 'size_bytes'>,
  room_bytes: number,
): ImageFault | null {
  const { device, size_bytes } = partition;
  if (size_bytes <= room_bytes) return null;
  return { code: 'IMG-012', kind: 'partition.tooLarge', partition: device, size_bytes, room_bytes };
}
