import type { Fault } from '../faults/fault.js';
import { parsePartName, partitionDevice, type Compression, type PartName } from './part-name.js';
import type { FileSystem } from './file-systems.js';

/** One partition's files in a Clonezilla image directory, in the order of the stream. */
export interface PartitionFiles {
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly compression: Compression;
  readonly files: readonly string[];
}

/** A file's name in an image directory: as Clonezilla's are, and nothing that a shell or a terminal takes amiss. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}$/;

/** @returns null when the name can be kept */
export function fileNameComplaint(name: string): string | null {
  if (FILE_NAME.test(name)) return null;
  if (name.includes('/')) return 'it is a path, and only names belong there';
  if (name.length > 128) return `a name of ${name.length} characters`;
  return 'its name has a character that does not belong there';
}

/** The devices in the file `parts`: `sda1 sda3`. @returns a text: what is wrong */
export function parsePartsFile(text: string): readonly string[] | string {
  const devices = text.split(/\s+/).filter((word) => word !== '');
  const bad = devices.find((device) => partitionDevice(device) === null);
  if (bad !== undefined) return `${JSON.stringify(bad.slice(0, 60))} is no partition`;
  if (devices.length === 0) return 'it names no partition';
  if (new Set(devices).size !== devices.length) return 'it names a partition twice';
  const disks = new Set(devices.map((device) => partitionDevice(device)?.disk));
  return disks.size === 1 ? devices : 'it names partitions of more than one disk';
}

/**
 * The files of every partition that `parts` names.
 * @param names all files of the directory
 * @returns a fault: a part is missing, of a kind that we cannot keep, or of a partition that `parts` does not name
 */
export function partitionFiles(
  names: readonly string[],
  devices: readonly string[],
): readonly PartitionFiles[] | Fault {
  const found = new Map<string, { readonly file: string; readonly part: PartName }[]>();
  for (const file of names) {
    const part = parsePartName(file);
    if (part === null) continue;
    if (typeof part === 'string') return { code: 'IMG-009', kind: 'source.unsupported', file, what: part };
    if (!devices.includes(part.device)) return malformed('parts', `${file} is of a partition that it does not name`);
    found.set(part.device, [...(found.get(part.device) ?? []), { file, part }]);
  }
  const partitions: PartitionFiles[] = [];
  for (const device of devices) {
    const files = found.get(device) ?? [];
    const [first] = files;
    if (first === undefined) return { code: 'IMG-006', kind: 'part.missing', file: `${device}.*-ptcl-img.*` };
    const fault = partFault(files);
    if (fault !== null) return fault;
    const { fileSystem, compression } = first.part;
    const sorted = files.sort((one, other) => (one.part.index ?? 0) - (other.part.index ?? 0));
    partitions.push({ device, fileSystem, compression, files: sorted.map(({ file }) => file) });
  }
  return partitions;
}

/** One image, whole: of one file system and compression, and from `.aa` on without a gap. */
function partFault(files: readonly { readonly file: string; readonly part: PartName }[]): Fault | null {
  const [first] = files;
  if (first === undefined) return null;
  const stem = (part: PartName): string => `${part.fileSystem} ${part.compression} ${part.index === null}`;
  const odd = files.find(({ part }) => stem(part) !== stem(first.part));
  if (odd !== undefined) return malformed(odd.file, `${first.file} is of the same partition`);
  const indexes = new Set(files.map(({ part }) => part.index ?? 0));
  for (let index = 0; index < indexes.size; index += 1) {
    if (indexes.has(index)) continue;
    const letters = String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));
    return { code: 'IMG-006', kind: 'part.missing', file: first.file.replace(/\.[a-z]{2}$/, `.${letters}`) };
  }
  return null;
}

function malformed(file: string, what: string): Fault {
  return { code: 'IMG-015', kind: 'source.malformed', file, what };
}
