import { existsSync, realpathSync } from 'node:fs';
import { blkdevText, chsText, devFsText, partedText, swapText } from '../../core/image/clonezilla-texts.js';
import { DETECT_BYTES, detectFileSystem } from '../../core/image/detect-file-system.js';
import { isRaw, type FileSystem } from '../../core/image/file-systems.js';
import type { ImageManifest, PartitionImage } from '../../core/image/manifest.js';
import { deviceOf } from '../../core/image/part-name.js';
import {
  endOf,
  isExtended,
  isSwap,
  parseSfdiskDump,
  SECTOR_BYTES,
  sfdiskDump,
  type Partition,
  type PartitionTable,
} from '../../core/image/partition-table.js';
import { readSwapHeader } from '../../core/image/swap.js';
import { FaultError } from '../../core/faults/fault.js';
import { runProcess } from '../process/run.js';
import { cutOutArgv, type Argv } from './argv.js';
import { attemptToRead, fullOr } from './attempt.js';
import { Pipeline } from './pipeline.js';
import { RawFile } from './raw-file.js';
import { savePartition, type SaveRequest, type Work } from './save-partition.js';

export type Saved = Pick<ImageManifest, 'disk' | 'partitions'>;
export type HowToSave = Pick<SaveRequest, 'compression' | 'split_bytes'>;

/** What a disk is called in its image: as the first disk of the computers that get it. */
const DISK = 'sda';
/** Where fdisk puts the first partition: 1 MiB from the start. */
const FIRST_SECTOR = 2048;

/** A raw partition becomes the only one of a disk. */
export async function addRawPartition(path: string, how: HowToSave, work: Work): Promise<Saved> {
  using source = new RawFile(path);
  const fileSystem = detectFileSystem(source.read(0, DETECT_BYTES));
  if (fileSystem === null) throw noFileSystem(path);
  const device = deviceOf(DISK, 1);
  const partition = await savePartition({ source: path, device, fileSystem, ...how }, work);
  const sectors = Math.ceil(source.size_bytes / SECTOR_BYTES);
  const type = fileSystem === 'vfat' ? 'c' : '83';
  const entry: Partition = { number: 1, start: FIRST_SECTOR, sectors, type, isBootable: false };
  const table: PartitionTable = { labelId: null, disk: DISK, partitions: [entry] };
  await writeTexts({ table, size_bytes: endOf(entry) * SECTOR_BYTES, partitions: [partition], work });
  return { disk: null, partitions: [partition] };
}

/**
 * A raw disk with an MBR partition table.
 * @throws FaultError IMG-005, IMG-009 for a table or a file system that we do not know, IMG-012 where the table reaches
 *   beyond the disk; and as `savePartition`
 */
export async function addRawDisk(path: string, how: HowToSave, work: Work): Promise<Saved> {
  using source = new RawFile(path);
  const table = await readTable(path, source.size_bytes);
  const found = table.partitions.filter((partition) => !isExtended(partition));
  const plan = found.map((partition) => ({ partition, content: contentOf(source, partition) }));
  if (!plan.some(({ content }) => typeof content === 'string' && !isRaw(content))) throw noFileSystem(path);
  const partitions: PartitionImage[] = [];
  for (const { partition, content } of plan) {
    const device = deviceOf(DISK, partition.number);
    if (typeof content !== 'string') {
      await work.workspace.write(`swappt-${device}.info`, swapText(content));
    } else {
      partitions.push(await saveOfDisk(path, { partition, device, fileSystem: content, ...how }, work));
    }
  }
  const { size_bytes } = source;
  await work.workspace.write('disk', `${DISK}\n`);
  await work.workspace.write(`${DISK}-mbr`, source.read(0, SECTOR_BYTES));
  const gap_bytes = (Math.min(FIRST_SECTOR, ...table.partitions.map(({ start }) => start)) - 1) * SECTOR_BYTES;
  if (gap_bytes > 0) {
    await work.workspace.write(`${DISK}-hidden-data-after-mbr`, source.read(SECTOR_BYTES, gap_bytes));
  }
  for (const { number, start } of table.partitions.filter(isExtended)) {
    await work.workspace.write(`${deviceOf(DISK, number)}-ebr`, source.read(start * SECTOR_BYTES, SECTOR_BYTES));
  }
  await writeTexts({ table, size_bytes, partitions, work });
  return { disk: { device: DISK, size_bytes }, partitions };
}

type SwapHeader = NonNullable<ReturnType<typeof readSwapHeader>>;

/** Whatever nobody knows is kept byte for byte, as Clonezilla does it. */
function contentOf(source: RawFile, partition: Partition): FileSystem | SwapHeader {
  const offset_bytes = partition.start * SECTOR_BYTES;
  if (!isSwap(partition)) return detectFileSystem(source.read(offset_bytes, DETECT_BYTES)) ?? 'dd';
  const header = readSwapHeader(source.read(offset_bytes, DETECT_BYTES));
  return header ?? { uuid: '00000000-0000-0000-0000-000000000000', label: '' };
}

function noFileSystem(file: string): FaultError {
  return new FaultError({ code: 'IMG-009', kind: 'source.unsupported', file, what: 'no file system that we know' });
}

interface DiskPartition extends HowToSave {
  readonly partition: Partition;
  readonly device: string;
  readonly fileSystem: FileSystem;
}

/** partclone begins at the start of what it is given: a device node of the partition's own, or a copy without holes. */
async function saveOfDisk(path: string, wanted: DiskPartition, work: Work): Promise<PartitionImage> {
  const { partition, device, fileSystem, compression, split_bytes } = wanted;
  const request = { device, fileSystem, compression, split_bytes };
  const node = deviceOf(
    attemptToRead(path, () => realpathSync(path)),
    partition.number,
  );
  if (node.startsWith('/dev/') && existsSync(node)) return savePartition({ source: node, ...request }, work);
  const target = work.workspace.scratchOf('partition.img');
  const place = { offset_bytes: partition.start * SECTOR_BYTES, size_bytes: partition.sectors * SECTOR_BYTES };
  await cutOut(cutOutArgv({ disk: path, ...place, target }), work);
  const saved = await savePartition({ source: target, ...request }, work);
  work.workspace.dropScratch('partition.img');
  return saved;
}

async function cutOut(argv: Argv, { workspace, signal }: Work): Promise<void> {
  await using pipeline = new Pipeline(signal);
  pipeline.start({ argv });
  await pipeline.ended();
  try {
    pipeline.check();
  } catch (thrown) {
    throw fullOr(workspace.scratchOf('.'), thrown);
  }
}

async function readTable(path: string, size_bytes: number): Promise<PartitionTable> {
  const { output, exitCode } = await runProcess({ argv: ['sfdisk', '--dump', path] });
  const unsupported = (what: string): FaultError =>
    new FaultError({ code: 'IMG-009', kind: 'source.unsupported', file: path, what });
  if (exitCode !== 0) throw unsupported('it has no partition table that sfdisk can read');
  const table = parseSfdiskDump(output.toString('utf8'), DISK);
  if (typeof table === 'string') throw unsupported(table);
  const beyond = table.partitions.find((partition) => endOf(partition) * SECTOR_BYTES > size_bytes);
  if (beyond === undefined) return table;
  const claimed_bytes = endOf(beyond) * SECTOR_BYTES;
  const partition = deviceOf(DISK, beyond.number);
  throw new FaultError({
    code: 'IMG-012',
    kind: 'partition.tooLarge',
    partition,
    size_bytes: claimed_bytes,
    room_bytes: size_bytes,
  });
}

interface Texts {
  readonly table: PartitionTable;
  readonly size_bytes: number;
  readonly partitions: readonly PartitionImage[];
  readonly work: Work;
}

async function writeTexts({ table, size_bytes, partitions, work }: Texts): Promise<void> {
  const { workspace } = work;
  const known = partitions.filter(({ fileSystem }) => !isRaw(fileSystem));
  const fileSystems = new Map(known.map(({ device, fileSystem }) => [device, fileSystem]));
  await workspace.write('parts', `${partitions.map(({ device }) => device).join(' ')}\n`);
  await workspace.write(`${table.disk}-pt.sf`, sfdiskDump(table));
  await workspace.write(`${table.disk}-pt.parted`, partedText(table, size_bytes));
  await workspace.write(`${table.disk}-chs.sf`, chsText(size_bytes));
  await workspace.write('blkdev.list', blkdevText(table, size_bytes, fileSystems));
  await workspace.write('dev-fs.list', devFsText(fileSystems));
}
