import { endOf, FIRST_LOGICAL, isExtended, isSwap, SECTOR_BYTES, type PartitionTable } from './partition-table.js';
import { deviceOf } from './part-name.js';
import type { SwapHeader } from './swap.js';

// The small texts of a Clonezilla image directory, as its tools print them.

/** Sectors to a track and tracks to a cylinder, as every disk says since they mean nothing. */
const GEOMETRY = { heads: 255, sectors: 63 };

/** `sda-pt.parted`: parted's `unit s print`. */
export function partedText(table: PartitionTable, size_bytes: number): string {
  const columns = (cells: readonly string[]): string => {
    const [number = '', start = '', end = '', sectors = '', ...rest] = cells;
    const sizes = [start, end, sectors].map((cell) => cell.padEnd(11)).join(' ');
    return ` ${number.padEnd(6)} ${sizes} ${rest.map((cell) => cell.padEnd(9)).join(' ')}`.trimEnd();
  };
  const rows = table.partitions.map((partition) => {
    const { number, start, sectors, isBootable } = partition;
    const type = isExtended(partition) ? 'extended' : number >= FIRST_LOGICAL ? 'logical' : 'primary';
    return columns([
      String(number),
      `${start}s`,
      `${endOf(partition) - 1}s`,
      `${sectors}s`,
      type,
      isBootable ? 'boot' : '',
    ]);
  });
  return [
    'Model:  (file)',
    `Disk /dev/${table.disk}: ${Math.floor(size_bytes / SECTOR_BYTES)}s`,
    `Sector size (logical/physical): ${SECTOR_BYTES}B/${SECTOR_BYTES}B`,
    'Partition Table: msdos',
    'Disk Flags: ',
    '',
    columns(['Number', 'Start', 'End', 'Size', 'Type', 'Flags']).slice(1),
    ...rows,
    '',
    '',
  ].join('\n');
}

/** @returns null where the text does not tell it */
export function diskBytesOf(parted: string): number | null {
  const sectors = /^Disk [^:\n]*: (\d{1,13})s$/m.exec(parted)?.[1];
  return sectors === undefined ? null : Number(sectors) * SECTOR_BYTES;
}

/** `sda-chs.sf` */
export function chsText(size_bytes: number): string {
  const { heads, sectors } = GEOMETRY;
  const cylinders = Math.floor(size_bytes / SECTOR_BYTES / heads / sectors);
  return `cylinders=${cylinders}\nheads=${heads}\nsectors=${sectors}\n`;
}

/** File systems of the partitions that have one, by device. */
export type FileSystems = ReadonlyMap<string, string>;

/** `dev-fs.list` */
export function devFsText(fileSystems: FileSystems): string {
  const lines = [...fileSystems].map(([device, fileSystem]) => `/dev/${device} ${fileSystem}\n`);
  return `# <Device name>   <File system>\n${lines.join('')}`;
}

/** `blkdev.list`: lsblk's table. */
export function blkdevText(table: PartitionTable, size_bytes: number, fileSystems: FileSystems): string {
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd([9, 9, 12, 5, 6][at] ?? 0))
      .join(' ')
      .trimEnd();
  const lines = table.partitions.map((partition, at) => {
    const device = deviceOf(table.disk, partition.number);
    const branch = at === table.partitions.length - 1 ? '`-' : '|-';
    const content = isSwap(partition) ? 'swap' : (fileSystems.get(device) ?? '');
    return row([device, `${branch}${device}`, String(partition.sectors * SECTOR_BYTES), 'part', content]);
  });
  const disk = row([table.disk, table.disk, String(size_bytes), 'disk', '']);
  return `${[row(['KNAME', 'NAME', 'SIZE', 'TYPE', 'FSTYPE']), disk, ...lines].join('\n')}\n`;
}

/** `swappt-sda2.info` */
export function swapText({ uuid, label }: SwapHeader): string {
  return `UUID="${uuid}"\nLABEL="${label}"\n`;
}

/** @returns null where it holds no UUID */
export function parseSwapText(text: string): SwapHeader | null {
  const uuid = /^UUID="([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"$/m.exec(text)?.[1];
  const label = /^LABEL="([^"\n]{0,16})"$/m.exec(text)?.[1] ?? '';
  return uuid === undefined ? null : { uuid, label };
}
