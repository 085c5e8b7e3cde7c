import { isFileSystem, type FileSystem } from './file-systems.js';
import { COMPRESSIONS, partitionDevice, type Compression } from './part-name.js';
import { isPlainName } from './ref.js';
import { list, member, object, oneOf, text, whole } from './json-shape.js';

/** Beside the files that Clonezilla knows; it does not belong to what is exported. */
export const MANIFEST_FILE = 'metalrig.json';

/** What a node is for: root nodes boot from a LUN, mesh nodes from a slot of their disk. */
export const NODE_KINDS = ['root', 'mesh'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export const SOURCE_KINDS = ['disk', 'partition', 'clonezilla'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What metalrig knows of an image; `metalrig.json` in its directory. */
export interface ImageManifest {
  readonly version: 1;
  readonly project: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
  readonly kinds: readonly NodeKind[];
  /** What it was made from. */
  readonly from: SourceKind;
  /** The disk that it is of, and how large that was; null where only partitions were saved. */
  readonly disk: { readonly device: string; readonly size_bytes: number } | null;
  /** In the order of the disk; swap and extended partitions have no content and are not here. */
  readonly partitions: readonly PartitionImage[];
  /** All files of the image together. */
  readonly size_bytes: number;
}

export interface PartitionImage {
  /** `sda3` */
  readonly device: string;
  readonly fileSystem: FileSystem;
  /** Of the file system: what a place must have at least. */
  readonly size_bytes: number;
  readonly used_bytes: number;
  readonly compression: Compression;
  /** One compressed stream, cut into these files in this order. */
  readonly files: readonly string[];
  /** All of `files` in a row. */
  readonly stored: { readonly size_bytes: number; readonly sha256: string };
  /** What comes out decompressed: a partclone image, version 0002. */
  readonly stream: { readonly size_bytes: number };
}

export function manifestText(manifest: ImageManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** @returns a text where it is none: what is wrong with it */
export function parseManifest(written: string): ImageManifest | string {
  try {
    return manifestOf(JSON.parse(written));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return thrown.message;
    throw thrown;
  }
}

function manifestOf(value: unknown): ImageManifest {
  const all = object(value, 'the manifest');
  if (member(all, 'version') !== 1) throw new RangeError(`version ${String(all['version'])} is not known`);
  const disk = member(all, 'disk');
  return {
    version: 1,
    project: plain(member(all, 'project')),
    name: plain(member(all, 'name')),
    addedAt: text(member(all, 'addedAt'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
    kinds: list(member(all, 'kinds'), (kind) => oneOf(kind, NODE_KINDS)),
    from: oneOf(member(all, 'from'), SOURCE_KINDS),
    disk: disk === null ? null : diskOf(object(disk, 'disk')),
    partitions: list(member(all, 'partitions'), partitionOf),
    size_bytes: whole(member(all, 'size_bytes')),
  };
}

function diskOf(value: Readonly<Record<string, unknown>>): NonNullable<ImageManifest['disk']> {
  return { device: text(member(value, 'device'), /^[a-z][a-z0-9]*$/), size_bytes: whole(member(value, 'size_bytes')) };
}

function partitionOf(value: unknown): PartitionImage {
  const all = object(value, 'a partition');
  const stored = object(member(all, 'stored'), 'stored');
  const stream = object(member(all, 'stream'), 'stream');
  const device = text(member(all, 'device'), /^[a-z][a-z0-9]*$/);
  const fileSystem = text(member(all, 'fileSystem'), /^[a-z0-9]+$/);
  if (partitionDevice(device) === null) throw new RangeError(`${device} is no partition`);
  if (!isFileSystem(fileSystem)) throw new RangeError(`the file system ${fileSystem} is not one we know`);
  return {
    device,
    fileSystem,
    size_bytes: whole(member(all, 'size_bytes')),
    used_bytes: whole(member(all, 'used_bytes')),
    compression: oneOf(member(all, 'compression'), COMPRESSIONS),
    // Never a path: these names are opened beside the manifest.
    files: list(member(all, 'files'), (file) => text(file, /^[a-z][a-z0-9]*\.[a-z0-9]+-ptcl-img\.[a-z.]+$/)),
    stored: {
      size_bytes: whole(member(stored, 'size_bytes')),
      sha256: text(member(stored, 'sha256'), /^[0-9a-f]{64}$/),
    },
    stream: { size_bytes: whole(member(stream, 'size_bytes')) },
  };
}

function plain(value: unknown): string {
  const name = text(value, /^.*$/);
  if (!isPlainName(name)) throw new RangeError(`${JSON.stringify(name)} is no plain name`);
  return name;
}
