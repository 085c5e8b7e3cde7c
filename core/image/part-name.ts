import { isFileSystem, type FileSystem } from './file-systems.js';

export const COMPRESSIONS = ['gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

const EXTENSIONS: Readonly<Record<Compression, string>> = { gzip: 'gz', zstd: 'zst' };
const LETTERS = 26;
/** `split -a 2`: aa to zz. */
export const MOST_PARTS = LETTERS * LETTERS;

/** `sda3.ext4-ptcl-img.gz.ab`: one file of a partition's image. */
export interface PartName {
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly compression: Compression;
  /** 0 for `.aa`; null where the stream was not split. */
  readonly index: number | null;
}

const PARTITION_IMAGE = /^([a-z][a-z0-9]*)\.(?:([^.]+)-)?(ptcl|dd|ntfsclone|partimage)-img(?:\.(.+))?$/;
const REST = /^(gz|zst)(?:\.([a-z]{2}))?$/;

/**
 * @returns null: no image of a partition; a text: one of a kind that we cannot keep, and why
 */
export function parsePartName(file: string): PartName | string | null {
  const [, device, fileSystem = '', maker, rest = ''] = PARTITION_IMAGE.exec(file) ?? [];
  if (device === undefined) return null;
  if (maker !== 'ptcl') return 'it was not made by partclone';
  if (!isFileSystem(fileSystem)) return `the file system ${fileSystem} is not one we know`;
  const [, extension, letters] = REST.exec(rest) ?? [];
  if (extension === undefined) return `the compression ${rest === '' ? 'none' : rest} is not one we know`;
  const compression = extension === 'gz' ? 'gzip' : 'zstd';
  return { device, fileSystem, compression, index: letters === undefined ? null : indexOf(letters) };
}

export function partName({ device, fileSystem, compression, index }: PartName): string {
  const stem = `${device}.${fileSystem}-ptcl-img.${EXTENSIONS[compression]}`;
  return index === null ? stem : `${stem}.${lettersOf(index)}`;
}

function indexOf(letters: string): number {
  return (letters.charCodeAt(0) - 97) * LETTERS + (letters.charCodeAt(1) - 97);
}

function lettersOf(index: number): string {
  return String.fromCharCode(97 + Math.floor(index / LETTERS), 97 + (index % LETTERS));
}

/** Disk and number of a partition's device: `sda5`, `nvme0n1p2`. Null where it is no such name. */
export function partitionDevice(text: string): { readonly disk: string; readonly number: number } | null {
  const [, bare, number, other, otherNumber] =
    /^(?:((?:nvme\d{1,3}n|mmcblk|nbd|loop)\d{1,3})p([1-9]\d{0,2})|([a-z]{2,8})([1-9]\d{0,2}))$/.exec(text) ?? [];
  const disk = bare ?? other;
  return disk === undefined ? null : { disk, number: Number(number ?? otherNumber) };
}

/** `sda` and 5 are `sda5`, `nvme0n1` and 2 are `nvme0n1p2`. */
export function deviceOf(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}
