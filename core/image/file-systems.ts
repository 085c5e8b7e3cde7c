/** How Clonezilla names a file system, which partclone program knows it, and what its streams call it. */
interface Row {
  /** null: what partclone does not know, every byte is kept. */
  readonly program: 'partclone.extfs' | 'partclone.fat' | null;
  readonly streams: readonly string[];
}

const EXT: Row = { program: 'partclone.extfs', streams: ['EXTFS'] };
const FAT: Row = { program: 'partclone.fat', streams: ['FAT12', 'FAT16', 'FAT32'] };

const RAW: Row = { program: null, streams: [] };

const ROWS = { dd: RAW, ext2: EXT, ext3: EXT, ext4: EXT, vfat: FAT, fat12: FAT, fat16: FAT, fat32: FAT } as const;

export type FileSystem = keyof typeof ROWS;

export function isFileSystem(text: string): text is FileSystem {
  return Object.hasOwn(ROWS, text);
}

export function partcloneOf(fileSystem: FileSystem): Row['program'] {
  return ROWS[fileSystem].program;
}

/** Whether the stream has all bytes of the partition, and no header: Clonezilla calls these `dd`. */
export function isRaw(fileSystem: FileSystem): boolean {
  return partcloneOf(fileSystem) === null;
}

/** Whether a stream that calls its file system `stream` can be what the file's name says. */
export function isStreamOf(fileSystem: FileSystem, stream: string): boolean {
  return ROWS[fileSystem].streams.includes(stream);
}
