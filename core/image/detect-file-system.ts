import type { FileSystem } from './file-systems.js';

/** How much of a partition's start `detectFileSystem` looks at. */
export const DETECT_BYTES = 4096;

const EXT_AT = 1024;
const HAS_JOURNAL = 0x4;
/** Features that ext3 does not have: extents, 64bit, flex_bg and later ones; filetype and recover are older. */
const NOT_EXT3_INCOMPAT = ~(0x2 | 0x4 | 0x8 | 0x10);
/** Likewise; sparse_super, large_file and btree_dir are older. */
const NOT_EXT3_RO_COMPAT = ~(0x1 | 0x2 | 0x4);

/**
 * Which file system a partition begins with.
 * @param start its first DETECT_BYTES
 * @returns null: none that we know
 * @see Linux, fs/ext4/ext4.h: struct ext4_super_block; the FAT specification (fatgen103), BPB
 */
export function detectFileSystem(start: Uint8Array): FileSystem | null {
  if (start.length < DETECT_BYTES) return null;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (view.getUint16(EXT_AT + 56, true) === 0xef53) return extOf(view);
  if (view.getUint16(510, true) !== 0xaa55) return null;
  const names = [54, 82].map((at) => String.fromCharCode(...start.subarray(at, at + 5)));
  return names.some((name) => ['FAT12', 'FAT16', 'FAT32'].includes(name)) ? 'vfat' : null;
}

/** As blkid tells the three apart. */
function extOf(view: DataView): FileSystem {
  const compat = view.getUint32(EXT_AT + 92, true);
  const incompat = view.getUint32(EXT_AT + 96, true);
  const roCompat = view.getUint32(EXT_AT + 100, true);
  if ((incompat & NOT_EXT3_INCOMPAT) !== 0 || (roCompat & NOT_EXT3_RO_COMPAT) !== 0) return 'ext4';
  return (compat & HAS_JOURNAL) === 0 ? 'ext2' : 'ext3';
}
