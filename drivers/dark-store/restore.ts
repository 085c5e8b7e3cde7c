import { createHash } from 'node:crypto';
import { closeSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseSwapText } from '../../core/image/clonezilla-texts.js';
import { isRaw } from '../../core/image/file-systems.js';
import { fitsIn } from '../../core/image/fits.js';
import type { ImageManifest, PartitionImage } from '../../core/image/manifest.js';
import { deviceOf } from '../../core/image/part-name.js';
import {
  endOf,
  FIRST_LOGICAL,
  isExtended,
  parseSfdiskDump,
  partitionOf,
  SECTOR_BYTES,
  sfdiskDump,
  type PartitionTable,
} from '../../core/image/partition-table.js';
import { swapPage } from '../../core/image/swap.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError, faultOf } from '../../core/faults/fault.js';
import { findProgram } from '../process/program.js';
import type { ProcessRequest, RunningProcess } from '../process/start.js';
import { transferOf } from '../process/alive.js';
import { decompressArgv, joinArgv, restoreArgv, restoreRawArgv } from './argv.js';
import { attemptToRead, fullOr } from './attempt.js';
import { meanwhile } from './meanwhile.js';
import { PartFollower } from './part-follower.js';
import { Pipeline } from './pipeline.js';
import type { OnProgress } from './progress.js';
import { openPlain, readSmallText } from './read-chunks.js';
import { withTarget, writeAt, type Place } from './target.js';

export interface Restoring {
  /** The image's own directory. */
  readonly directory: string;
  readonly manifest: ImageManifest;
  readonly signal: AbortSignalLike;
  readonly onProgress: OnProgress;
}

/** The boot code of a boot sector; the partition table follows it. */
const BOOT_CODE_BYTES = 446;

/** One partition into a file that becomes as large as its file system, or onto a block device. */
export function restorePartition(partition: PartitionImage, target: string, work: Restoring): Promise<void> {
  return withTarget(target, partition.size_bytes, async ({ path, size_bytes }) => {
    const fault = fitsIn(partition, size_bytes);
    if (fault !== null) throw new FaultError(fault);
    await unpack(partition, { path, offset_bytes: 0 }, work);
  });
}

/** The whole disk: table, boot code, what is hidden behind it, every partition, and swap. */
export async function restoreDisk(target: string, work: Restoring): Promise<void> {
  const { directory, manifest } = work;
  const disk = manifest.disk?.device ?? 'sda';
  const table = parseSfdiskDump(await readSmallText(join(directory, `${disk}-pt.sf`), `${disk}-pt.sf`), disk);
  if (typeof table === 'string') throw damaged(manifest, table);
  const needed_bytes = Math.max(...table.partitions.map(endOf)) * SECTOR_BYTES;
  await withTarget(target, manifest.disk?.size_bytes ?? needed_bytes, async ({ path, size_bytes }) => {
    const fault = fitsIn({ device: target, size_bytes: needed_bytes }, size_bytes);
    if (fault !== null) throw new FaultError(fault);
    await writeTable(table, path, work);
    await writeSwaps(table, path, work);
    for (const partition of manifest.partitions) {
      const place = partitionOf(table, partition.device);
      if (place === null) throw damaged(manifest, `its partition table has no ${partition.device}`);
      await unpack(partition, { path, offset_bytes: place.start * SECTOR_BYTES }, work);
    }
  });
}

/**
 * A partition's stream from the shelf to its place: decompressor | partclone, joined outside of us; we hash behind them
 * what they have read. The stream was looked through when it came onto the shelf.
 * @throws FaultError IMG-004 when it is not what was stored; IMG-016
 */
export async function unpack(partition: PartitionImage, place: Place, work: Restoring): Promise<void> {
  const { device, files, stored } = partition;
  const paths = files.map((file) => join(work.directory, file));
  const hash = createHash('sha256');
  using follower = new PartFollower({
    pathOf: (index) => paths[index] ?? null,
    onBytes: (bytes) => hash.update(bytes),
  });
  const unpacking = decompressArgv(partition.compression, findProgram('pigz') !== null);
  // Beside a device there is no place for it.
  const scratch = mkdtempSync(join(tmpdir(), 'metalrig-restore-'));
  try {
    await using pipeline = new Pipeline(work.signal);
    const isSparse = !lstatSync(place.path).isBlockDevice();
    const restoring = isRaw(partition.fileSystem)
      ? restoreRawArgv({ ...place, isSparse })
      : restoreArgv({ ...place, log: join(scratch, 'partclone.log') });
    const first = start(paths, [{ argv: unpacking }, { argv: restoring }], pipeline);
    await meanwhile(pipeline.ended(), async () => {
      await follower.step(transferOf(first.pid)?.read_bytes ?? Infinity);
      const { size_bytes } = follower;
      work.onProgress({ step: 'writing', what: device, done_bytes: size_bytes, total_bytes: stored.size_bytes });
    });
    if (!isOfBytes(pipeline.failure, place.path)) pipeline.check();
    await follower.finish();
    const isAsStored = follower.size_bytes === stored.size_bytes && hash.digest('hex') === stored.sha256;
    if (!isAsStored) throw damaged(work.manifest, `what is stored of ${device} is not what was stored`);
    pipeline.check();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A program that fails although there is room was most likely given other bytes than were stored. */
function isOfBytes(failure: unknown, path: string): boolean {
  return faultOf(failure)?.code === 'IMG-016' && faultOf(fullOr(path, failure))?.code === 'IMG-016';
}

/** The decompressor reads a single part itself. */
function start(
  paths: readonly string[],
  [unpacking, restoring]: readonly [ProcessRequest, ProcessRequest],
  pipeline: Pipeline,
): RunningProcess {
  const [only = '', ...more] = paths;
  if (more.length > 0) return pipeline.startChain([{ argv: joinArgv(paths) }, unpacking, restoring]);
  const input = openPlain(only, basename(only));
  try {
    return pipeline.startChain([{ ...unpacking, input }, restoring]);
  } finally {
    closeSync(input);
  }
}

/**
 * sfdisk makes the chain of logical partitions, of which an image keeps only the first link. Boot code and what lies
 * behind it are the image's own; so is the first link where it is the only one.
 */
async function writeTable(table: PartitionTable, path: string, { directory, signal }: Restoring): Promise<void> {
  {
    await using pipeline = new Pipeline(signal);
    const argv = ['sfdisk', '--quiet', '--force', '--no-reread', '--no-tell-kernel', '--wipe', 'never', path] as const;
    const sfdisk = pipeline.start({ argv, input: 'pipe' });
    sfdisk.write(sfdiskDump(table));
    sfdisk.closeInput();
    await pipeline.ended();
    pipeline.check();
  }
  const { disk } = table;
  const first = Math.min(...table.partitions.map(({ start }) => start)) * SECTOR_BYTES;
  const hidden = bytesOf(directory, `${disk}-hidden-data-after-mbr`)?.subarray(0, first - SECTOR_BYTES) ?? null;
  writeAt(path, bytesOf(directory, `${disk}-mbr`)?.subarray(0, BOOT_CODE_BYTES) ?? null, 0);
  writeAt(path, hidden, SECTOR_BYTES);
  const hasOneLogical = table.partitions.filter(({ number }) => number >= FIRST_LOGICAL).length === 1;
  for (const { number, start } of table.partitions.filter(isExtended)) {
    const ebr = bytesOf(directory, `${deviceOf(disk, number)}-ebr`);
    writeAt(path, ebr?.subarray(0, hasOneLogical ? SECTOR_BYTES : BOOT_CODE_BYTES) ?? null, start * SECTOR_BYTES);
  }
}

async function writeSwaps(table: PartitionTable, path: string, { directory }: Restoring): Promise<void> {
  for (const { number, start, sectors } of table.partitions) {
    const text = bytesOf(directory, `swappt-${deviceOf(table.disk, number)}.info`)?.toString('utf8');
    const header = text === undefined ? null : parseSwapText(text);
    if (header !== null) writeAt(path, swapPage(header, sectors * SECTOR_BYTES), start * SECTOR_BYTES);
  }
}

/** These files were checked when they came onto the shelf; one that is not there was not saved. */
function bytesOf(directory: string, file: string): Buffer | null {
  const path = join(directory, file);
  const isThere = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isThere ? attemptToRead(path, () => readFileSync(path)) : null;
}

function damaged({ project, name }: ImageManifest, what: string): FaultError {
  return new FaultError({ code: 'IMG-004', kind: 'image.damaged', image: `${project}/${name}`, what });
}
