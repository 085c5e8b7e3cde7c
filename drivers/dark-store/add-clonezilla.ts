import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { diskBytesOf } from '../../core/image/clonezilla-texts.js';
import { fileNameComplaint, parsePartsFile, partitionFiles, type PartitionFiles } from '../../core/image/directory.js';
import { fitsIn } from '../../core/image/fits.js';
import { MANIFEST_FILE, type PartitionImage } from '../../core/image/manifest.js';
import { partitionDevice } from '../../core/image/part-name.js';
import {
  endOf,
  parseSfdiskDump,
  partitionOf,
  SECTOR_BYTES,
  type PartitionTable,
} from '../../core/image/partition-table.js';
import { isSumFile, parseSums, SUM_FILES, type SumFile } from '../../core/image/sums.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { Saved } from './add-raw.js';
import { attemptToRead } from './attempt.js';
import { copyParts } from './copy-parts.js';
import { interrupted } from './pipeline.js';
import { OutputFile } from './output-file.js';
import { openPlain, readChunks, readSmallText } from './read-chunks.js';
import type { Work } from './save-partition.js';
import { SUMS } from './workspace.js';

/** Far more than Clonezilla writes for a disk with sixty partitions of a hundred parts each. */
const MOST_FILES = 10_000;
/** Written anew for every image of ours; the old ones are checked like all the rest. */
const OURS: readonly string[] = [MANIFEST_FILE, SUMS];

/** A directory of files, known by their names, and what its own lists of checksums say of each. */
export interface Directory {
  readonly path: string;
  readonly names: readonly string[];
  readonly sums: readonly Sum[];
}

interface Sum {
  readonly file: SumFile;
  readonly name: string;
  readonly expected: string;
}

/**
 * Takes in a directory as Clonezilla writes it. Every file is read once: hashed, held against the checksums that came
 * with it, and copied; the parts of partitions also go through their decompressor and must hold one whole image.
 *
 * @throws FaultError IMG-005 to IMG-015
 */
export async function addClonezilla(path: string, work: Work): Promise<Saved> {
  const directory = await readDirectory(path);
  const devices = parsed('parts', parsePartsFile(await textOf(directory, 'parts')));
  const diskName = partitionDevice(devices[0] ?? '')?.disk ?? '';
  const dump = `${diskName}-pt.sf`;
  const table = parsed(dump, parseSfdiskDump(await textOf(directory, dump), diskName));
  const found = partitionFiles(directory.names, devices);
  if ('code' in found) throw new FaultError(found);
  const ofPartitions = new Set(found.flatMap(({ files }) => files));
  for (const name of directory.names.filter((one) => !ofPartitions.has(one))) await copy(directory, name, work);
  const partitions: PartitionImage[] = [];
  for (const files of found) partitions.push(await copyPartition(directory, { files, table }, work));
  if (!directory.names.includes('disk')) return { disk: null, partitions };
  const diskFile = (await textOf(directory, 'disk')).trim();
  if (diskFile !== diskName) throw malformed('disk', `it names ${JSON.stringify(diskFile.slice(0, 60))}`);
  return { disk: { device: diskName, size_bytes: await diskBytes(directory, table) }, partitions };
}

async function copyPartition(
  directory: Directory,
  { files, table }: { readonly files: PartitionFiles; readonly table: PartitionTable },
  work: Work,
): Promise<PartitionImage> {
  const entry = partitionOf(table, files.device);
  if (entry === null) throw malformed('parts', `the partition table has no ${files.device}`);
  const partition = await copyParts(directory, files, work);
  const fault = fitsIn(partition, entry.sectors * SECTOR_BYTES);
  if (fault !== null) throw new FaultError(fault);
  return partition;
}

/** Where parted was not asked, a disk is as large as its partitions need. */
async function diskBytes(directory: Directory, table: PartitionTable): Promise<number> {
  const file = `${table.disk}-pt.parted`;
  const told_bytes = directory.names.includes(file) ? diskBytesOf(await textOf(directory, file)) : null;
  const needed_bytes = Math.max(...table.partitions.map(endOf)) * SECTOR_BYTES;
  return Math.max(needed_bytes, told_bytes ?? 0);
}

async function readDirectory(path: string): Promise<Directory> {
  const entries = attemptToRead(path, () => readdirSync(path, { withFileTypes: true }));
  if (entries.length > MOST_FILES) throw malformed(path, `it has ${entries.length} files`);
  for (const entry of entries) {
    const what = entry.isSymbolicLink() ? 'it is a symbolic link' : entry.isFile() ? null : 'it is no plain file';
    const complaint = what ?? fileNameComplaint(entry.name);
    if (complaint !== null) throw hostile(entry.name, complaint);
  }
  const names = entries.map(({ name }) => name).sort();
  const sums: Sum[] = [];
  for (const file of names.filter(isSumFile)) {
    for (const [name, expected] of parsed(file, parseSums(file, await readSmallText(join(path, file), file)))) {
      const complaint = fileNameComplaint(name);
      if (complaint !== null) throw hostile(name, `${file} names it, and ${complaint}`);
      if (!names.includes(name)) throw new FaultError({ code: 'IMG-006', kind: 'part.missing', file: name });
      sums.push({ file, name, expected });
    }
  }
  return { path, names, sums };
}

async function copy(directory: Directory, name: string, { workspace, signal, onProgress }: Work): Promise<void> {
  const sums = new SumCheck(directory, name);
  const target = OURS.includes(name) ? null : new OutputFile(workspace.pathOf(name), name);
  try {
    const path = join(directory.path, name);
    let done_bytes = 0;
    for await (const chunk of readChunks(openPlain(path, name), path)) {
      if (signal.aborted) throw interrupted();
      sums.take(chunk);
      target?.write(chunk);
      done_bytes += chunk.length;
      onProgress({ step: 'copying', what: name, done_bytes, total_bytes: null });
    }
    sums.end();
    if (target !== null) workspace.add(await target.finish());
  } finally {
    target?.close();
  }
}

/** Holds a file against what the directory's own checksums say of it. */
export class SumCheck {
  readonly #name: string;
  readonly #hashes: readonly (Sum & { readonly hash: ReturnType<typeof createHash> })[];

  constructor({ sums }: Directory, name: string) {
    this.#name = name;
    const ours = sums.filter((sum) => sum.name === name);
    this.#hashes = ours.map((sum) => ({ ...sum, hash: createHash(SUM_FILES[sum.file]) }));
  }

  take(chunk: Uint8Array): void {
    for (const { hash } of this.#hashes) hash.update(chunk);
  }

  /** @throws FaultError IMG-007 */
  end(): void {
    for (const { file, expected, hash } of this.#hashes) {
      const actual = hash.digest('hex');
      if (actual === expected) continue;
      throw new FaultError({ code: 'IMG-007', kind: 'sum.wrong', file: this.#name, sums: file, expected, actual });
    }
  }
}

function textOf(directory: Directory, file: string): Promise<string> {
  if (directory.names.includes(file)) return readSmallText(join(directory.path, file), file);
  throw new FaultError({ code: 'IMG-006', kind: 'part.missing', file });
}

function parsed<T extends object>(file: string, value: T | string): T {
  if (typeof value === 'string') throw malformed(file, value);
  return value;
}

function malformed(file: string, what: string): FaultError {
  const fault: Fault = { code: 'IMG-015', kind: 'source.malformed', file, what };
  return new FaultError(fault);
}

function hostile(name: string, what: string): FaultError {
  return new FaultError({ code: 'IMG-010', kind: 'file.hostile', file: name.slice(0, 200), what });
}
