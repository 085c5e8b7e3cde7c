import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSwapText } from '../../core/image/clonezilla-texts.js';
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
import type { RunningProcess } from '../process/start.js';
import { decompressArgv, restoreArgv } from './argv.js';
import { attemptToRead } from './attempt.js';
import { partitionChunks } from './partition-chunks.js';
import { Pipeline } from './pipeline.js';
import type { OnProgress } from './progress.js';
import { readSmallText } from './read-chunks.js';
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
 * A partition's stream from the shelf to its place: decompressor | partclone, joined outside of us. The stream was looked
 * through when it came onto the shelf, and the checksum says that it is still the same.
 */
export async function unpack(partition: PartitionImage, place: Place, work: Restoring): Promise<void> {
  // Beside a device there is no place for it.
  const scratch = mkdtempSync(join(tmpdir(), 'metalrig-restore-'));
  const argv = decompressArgv(partition.compression, findProgram('pigz') !== null);
  try {
    await using pipeline = new Pipeline(work.signal);
    const [unpacker, writer] = pipeline.startJoined(
      { argv, input: 'pipe' },
      { argv: restoreArgv({ ...place, log: join(scratch, 'partclone.log') }) },
    );
    await feed(partition, { pipeline, unpacker }, work);
    await unpacker.ended;
    await writer.ended;
    pipeline.check();
  } catch (thrown) {
    // A decompressor that fails was most likely given other bytes than were stored: then that is the reason.
    if (isFailureOf(argv[0], thrown)) for await (const _ of partitionChunks(work.directory, work.manifest, partition));
    throw thrown;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Feeding {
  readonly pipeline: Pipeline;
  readonly unpacker: RunningProcess;
}

async function feed(partition: PartitionImage, { pipeline, unpacker }: Feeding, work: Restoring): Promise<void> {
  const { device, stored } = partition;
  let done_bytes = 0;
  for await (const chunk of partitionChunks(work.directory, work.manifest, partition)) {
    pipeline.check();
    unpacker.write(chunk);
    await unpacker.drained();
    done_bytes += chunk.length;
    work.onProgress({ step: 'writing', what: device, done_bytes, total_bytes: stored.size_bytes });
  }
  unpacker.closeInput();
}

function isFailureOf(program: string, thrown: unknown): boolean {
  const fault = faultOf(thrown);
  return fault?.code === 'IMG-016' && fault.program === program;
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
    await sfdisk.ended;
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
