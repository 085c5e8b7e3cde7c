import { SOURCE_DATE_EPOCH_S } from './tree.js';

export const EXT2_BLOCK_BYTES = 4096;
export const INODE_BYTES = 256;
/** Inodes 1 to 10 are reserved. */
export const FIRST_FREE_INODE = 11;
/** One group holds as many blocks as its one-block bitmap has bits: 128 MiB, enough for what we build. */
export const BLOCKS_PER_GROUP = EXT2_BLOCK_BYTES * 8;

export interface DirectoryEntry {
  readonly name: string;
  readonly inode: number;
  /** 1 file, 2 directory, 3 character device, 7 symbolic link. */
  readonly type: number;
}

export interface Counts {
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

export function superblock(counts: Counts, uuid: Uint8Array): Buffer {
  const bytes = Buffer.alloc(1024);
  const longs: readonly (readonly [number, number])[] = [
    [0, counts.inodes],
    [4, counts.blocks],
    [12, counts.freeBlocks],
    [16, counts.freeInodes],
    [24, Math.log2(EXT2_BLOCK_BYTES) - 10],
    [28, Math.log2(EXT2_BLOCK_BYTES) - 10],
    [32, BLOCKS_PER_GROUP],
    [36, BLOCKS_PER_GROUP],
    [40, counts.inodes],
    [48, SOURCE_DATE_EPOCH_S], // last written
    [64, SOURCE_DATE_EPOCH_S], // last checked
    [76, 1], // revision with variable inode size
    [84, FIRST_FREE_INODE],
    [96, 0x2], // incompatible feature: directory entries bear a type
    [100, 0x1], // read-only compatible feature: sparse superblocks
    [264, SOURCE_DATE_EPOCH_S], // made
  ];
  for (const [offset, value] of longs) bytes.writeUInt32LE(value, offset);
  bytes.writeUInt16LE(0xffff, 54); // never check because of a mount count
  bytes.writeUInt16LE(0xef53, 56); // magic
  bytes.writeUInt16LE(1, 58); // state: clean
  bytes.writeUInt16LE(1, 60); // errors: continue
  bytes.writeUInt16LE(INODE_BYTES, 88);
  bytes.set(uuid.subarray(0, 16), 104);
  bytes.write('metalrig', 120);
  return bytes;
}

/** Sets the first `used` bits, and the padding from `count` on, which e2fsck wants set. */
export function markUsed(bitmap: Buffer, used: number, count: number): void {
  for (let bit = 0; bit < bitmap.length * 8; bit += 1) {
    if (bit < used || bit >= count) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}

export function directoryBlocks(entries: readonly DirectoryEntry[]): Buffer {
  const blocks: DirectoryEntry[][] = [[]];
  let room = EXT2_BLOCK_BYTES;
  for (const entry of entries) {
    const size = directoryEntryBytes(entry);
    if (size > room) {
      blocks.push([]);
      room = EXT2_BLOCK_BYTES;
    }
    blocks.at(-1)?.push(entry);
    room -= size;
  }
  return Buffer.concat(blocks.map(directoryBlock));
}

function directoryBlock(entries: readonly DirectoryEntry[]): Buffer {
  const block = Buffer.alloc(EXT2_BLOCK_BYTES);
  let at = 0;
  entries.forEach((entry, index) => {
    // The last entry of a block reaches to the block's end.
    const size = index === entries.length - 1 ? EXT2_BLOCK_BYTES - at : directoryEntryBytes(entry);
    block.writeUInt32LE(entry.inode, at);
    block.writeUInt16LE(size, at + 4);
    block[at + 6] = Buffer.byteLength(entry.name);
    block[at + 7] = entry.type;
    block.write(entry.name, at + 8);
    at += size;
  });
  return block;
}

function directoryEntryBytes({ name }: DirectoryEntry): number {
  return Math.ceil((8 + Buffer.byteLength(name)) / 4) * 4;
}

export function pointerBytes(pointers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(pointers.length * 4);
  pointers.forEach((pointer, index) => bytes.writeUInt32LE(pointer, index * 4));
  return bytes;
}
