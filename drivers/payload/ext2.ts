import {
  BLOCKS_PER_GROUP,
  EXT2_BLOCK_BYTES,
  FIRST_FREE_INODE,
  INODE_BYTES,
  directoryBlocks,
  markUsed,
  pointerBytes,
  superblock,
  type DirectoryEntry,
} from './ext2-format.js';
import { SOURCE_DATE_EPOCH_S, completeTree, type TreeEntry } from './tree.js';

const ROOT_INODE = 2;
/** For the files that a node makes. */
const SPARE_INODES = 128;
const POINTERS_PER_BLOCK = EXT2_BLOCK_BYTES / 4;
const DIRECT_POINTERS = 12;

const FORMAT = { directory: 0x4000, file: 0x8000, symlink: 0xa000, characterDevice: 0x2000 } as const;
const DIRECTORY_ENTRY_TYPE = { directory: 2, file: 1, symlink: 7, characterDevice: 3 } as const;

/** Where the bytes of a file lie: one run of whole blocks, so that GRUB can be given a block list. */
export interface FileExtent {
  readonly firstBlock: number;
  readonly blocks: number;
}

export interface Ext2Image {
  readonly bytes: Uint8Array;
  /** By path, without a leading slash. */
  readonly files: ReadonlyMap<string, FileExtent>;
}

interface Inode {
  readonly number: number;
  readonly mode: number;
  readonly size_bytes: number;
  readonly links: number;
  /** The 60 bytes of i_block: pointers, a short symlink's target, or a device number. */
  readonly pointers: Uint8Array;
  readonly blocksUsed: number;
}

/**
 * An ext2 filesystem of one block group holding a tree, everything owned by root. mke2fs could fill one too, but takes
 * the order of files, their owners and their change times from the host's directory, and puts indirect blocks between
 * the data; written here, the same tree gives the same bytes and every file is one contiguous run.
 *
 * @param size_blocks  in blocks of 4 KiB; what the tree leaves is free space
 * @throws Error when the tree does not fit: a recipe that outgrew its image is a bug
 * @see "The Second Extended Filesystem", https://www.nongnu.org/ext2-doc/ext2.html
 */
export function ext2Image(entries: readonly TreeEntry[], size_blocks: number, uuid: Uint8Array): Ext2Image {
  const tree = completeTree([...entries, { kind: 'directory', path: 'lost+found', mode: 0o700 }]);
  const inodeCount = Math.ceil((tree.length + FIRST_FREE_INODE + SPARE_INODES) / 16) * 16;
  const writer = new Writer(size_blocks, inodeCount);
  const numbers = new Map(tree.map(({ path }, index) => [path, FIRST_FREE_INODE + index]));
  numbers.set('', ROOT_INODE);
  const everything: readonly TreeEntry[] = [{ kind: 'directory', path: '', mode: 0o755 }, ...tree];
  for (const entry of everything) {
    const number = numberOf(numbers, entry.path);
    const children = tree.filter(({ path }) => parentPath(path) === entry.path);
    if (entry.kind === 'directory') {
      writer.directory(number, entry.mode, directoryEntries(entry.path, children, numbers));
    } else writer.leaf(number, entry);
  }
  return { bytes: writer.finish(uuid, FIRST_FREE_INODE + tree.length - 1), files: writer.files };
}

function directoryEntries(
  path: string,
  children: readonly TreeEntry[],
  numbers: ReadonlyMap<string, number>,
): readonly DirectoryEntry[] {
  const type = DIRECTORY_ENTRY_TYPE.directory;
  return [
    { name: '.', inode: numberOf(numbers, path), type },
    { name: '..', inode: numberOf(numbers, parentPath(path)), type },
    ...children.map((child) => ({
      name: child.path.slice(child.path.lastIndexOf('/') + 1),
      inode: numberOf(numbers, child.path),
      type: DIRECTORY_ENTRY_TYPE[child.kind],
    })),
  ];
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function numberOf(numbers: ReadonlyMap<string, number>, path: string): number {
  const number = numbers.get(path);
  if (number === undefined) throw new Error(`${path} has no inode`);
  return number;
}

/** Lays blocks out from the front, in the order they are asked for. */
class Writer {
  readonly files = new Map<string, FileExtent>();
  readonly #bytes: Buffer;
  readonly #inodeCount: number;
  readonly #inodeTableBlock = 4;
  #nextBlock: number;
  #directories = 0;

  constructor(size_blocks: number, inodeCount: number) {
    if (size_blocks > BLOCKS_PER_GROUP) throw new Error(`${size_blocks} blocks are more than one group holds`);
    this.#bytes = Buffer.alloc(size_blocks * EXT2_BLOCK_BYTES);
    this.#inodeCount = inodeCount;
    this.#nextBlock = this.#inodeTableBlock + (inodeCount * INODE_BYTES) / EXT2_BLOCK_BYTES;
  }

  directory(number: number, mode: number, entries: readonly DirectoryEntry[]): void {
    const content = directoryBlocks(entries);
    const subdirectories = entries.filter(({ type }) => type === DIRECTORY_ENTRY_TYPE.directory).length;
    this.#directories += 1;
    const { pointers, blocksUsed } = this.#store(content);
    // "." and the name in the parent, and the ".." of each directory inside: "." and ".." are in the count already.
    const links = subdirectories;
    this.#inode({ number, mode: FORMAT.directory | mode, size_bytes: content.length, links, pointers, blocksUsed });
  }

  leaf(number: number, entry: Exclude<TreeEntry, { kind: 'directory' }>): void {
    const links = 1;
    switch (entry.kind) {
      case 'file': {
        const { pointers, blocksUsed, extent } = this.#store(entry.content);
        this.files.set(entry.path, extent);
        const size_bytes = entry.content.length;
        return this.#inode({ number, mode: FORMAT.file | entry.mode, size_bytes, links, pointers, blocksUsed });
      }
      case 'symlink': {
        const target = Buffer.from(entry.target);
        if (target.length >= 60) throw new Error(`the target of ${entry.path} is too long for its inode`);
        const size_bytes = target.length;
        return this.#inode({
          number,
          mode: FORMAT.symlink | 0o777,
          size_bytes,
          links,
          pointers: target,
          blocksUsed: 0,
        });
      }
      case 'characterDevice': {
        const pointers = pointerBytes([(entry.major << 8) | entry.minor]);
        const mode = FORMAT.characterDevice | entry.mode;
        return this.#inode({ number, mode, size_bytes: 0, links, pointers, blocksUsed: 0 });
      }
    }
  }

  finish(uuid: Uint8Array, lastInode: number): Uint8Array {
    const blocks = this.#bytes.length / EXT2_BLOCK_BYTES;
    const freeBlocks = blocks - this.#nextBlock;
    const freeInodes = this.#inodeCount - lastInode;
    markUsed(this.#block(2), this.#nextBlock, blocks);
    markUsed(this.#block(3), lastInode, this.#inodeCount);
    const group = this.#block(1);
    [2, 3, this.#inodeTableBlock].forEach((block, index) => group.writeUInt32LE(block, index * 4));
    [freeBlocks, freeInodes, this.#directories].forEach((count, index) => group.writeUInt16LE(count, 12 + index * 2));
    const counts = { blocks, freeBlocks, inodes: this.#inodeCount, freeInodes };
    superblock(counts, uuid).copy(this.#bytes, 1024);
    return this.#bytes;
  }

  /** Indirect blocks first, then the data in one run. */
  #store(content: Uint8Array): { pointers: Uint8Array; blocksUsed: number; extent: FileExtent } {
    const blocks = Math.ceil(content.length / EXT2_BLOCK_BYTES);
    const indirect = Math.max(0, Math.ceil((blocks - DIRECT_POINTERS) / POINTERS_PER_BLOCK));
    if (indirect > POINTERS_PER_BLOCK) throw new Error('a file needs triple indirect blocks');
    const doubleIndirect = indirect > 1 ? 1 : 0;
    const start = this.#take(indirect + doubleIndirect + blocks);
    const firstBlock = start + indirect + doubleIndirect;
    this.#bytes.set(content, firstBlock * EXT2_BLOCK_BYTES);
    const data = range(firstBlock, blocks);
    const tables = range(start + doubleIndirect, indirect);
    tables.forEach((table, index) => {
      const from = DIRECT_POINTERS + index * POINTERS_PER_BLOCK;
      this.#block(table).set(pointerBytes(data.slice(from, from + POINTERS_PER_BLOCK)));
    });
    if (doubleIndirect === 1) this.#block(start).set(pointerBytes(tables.slice(1)));
    const direct = Array.from({ length: DIRECT_POINTERS }, (_, index) => data[index] ?? 0);
    const pointers = pointerBytes([...direct, tables[0] ?? 0, doubleIndirect === 1 ? start : 0]);
    return { pointers, blocksUsed: indirect + doubleIndirect + blocks, extent: { firstBlock, blocks } };
  }

  #take(blocks: number): number {
    const first = this.#nextBlock;
    this.#nextBlock += blocks;
    if (this.#nextBlock * EXT2_BLOCK_BYTES > this.#bytes.length)
      throw new Error('the tree does not fit its filesystem');
    return first;
  }

  #inode(inode: Inode): void {
    const at = this.#inodeTableBlock * EXT2_BLOCK_BYTES + (inode.number - 1) * INODE_BYTES;
    const bytes = this.#bytes.subarray(at, at + INODE_BYTES);
    bytes.writeUInt16LE(inode.mode, 0);
    bytes.writeUInt32LE(inode.size_bytes, 4);
    // Access, change and modification time.
    [8, 12, 16].forEach((offset) => bytes.writeUInt32LE(SOURCE_DATE_EPOCH_S, offset));
    bytes.writeUInt16LE(inode.links, 26);
    // In units of 512 bytes, whatever the block size.
    bytes.writeUInt32LE(inode.blocksUsed * (EXT2_BLOCK_BYTES / 512), 28);
    bytes.set(inode.pointers, 40);
    // i_extra_isize: how much of the larger inode is in use, as mke2fs writes it.
    bytes.writeUInt16LE(32, 128);
  }

  #block(number: number): Buffer {
    return this.#bytes.subarray(number * EXT2_BLOCK_BYTES, (number + 1) * EXT2_BLOCK_BYTES);
  }
}

function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
