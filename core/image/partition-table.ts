import { deviceOf, partitionDevice } from './part-name.js';

/** An MBR partition table as `sfdisk --dump` tells it. Sectors have 512 bytes. */
export interface PartitionTable {
  /** `0x81e56e05`; null where an old sfdisk did not tell it. */
  readonly labelId: string | null;
  readonly disk: string;
  /** In the order of their numbers. */
  readonly partitions: readonly Partition[];
}

export interface Partition {
  readonly number: number;
  readonly start: number;
  readonly sectors: number;
  /** Hexadecimal, lower case: `83`, `5`, `c`. */
  readonly type: string;
  readonly isBootable: boolean;
}

export const SECTOR_BYTES = 512;
export const FIRST_LOGICAL = 5;
const SWAP_TYPE = '82';
const EXTENDED_TYPES = ['5', 'f', '85'];
/** Above any MBR; 2^32 sectors are 2 TiB. */
const SECTORS_END = 2 ** 32;

export function isExtended({ type }: Partition): boolean {
  return EXTENDED_TYPES.includes(type);
}

export function isSwap({ type }: Partition): boolean {
  return type === SWAP_TYPE;
}

export function endOf({ start, sectors }: Partition): number {
  return start + sectors;
}

const LINE = /^(\S.*?)\s*:\s*start=\s*(\d{1,12}),\s*size=\s*(\d{1,12}),\s*(?:type|Id)=\s*([0-9a-fA-F]{1,2})\s*(.*)$/;
const BOOTABLE = /\bbootable\b/;

/**
 * Reads what `sfdisk --dump` wrote, of today (`type=`) or of before 2015 (`Id=`).
 * @param disk how the disk is to be called; its devices' names in the text end with their numbers
 * @returns a text where it cannot be read, or the table cannot be of a disk: what is wrong
 */
export function parseSfdiskDump(text: string, disk: string): PartitionTable | string {
  let labelId: string | null = null;
  const partitions: Partition[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', start, sectors, type, rest = ''] = LINE.exec(line) ?? [];
    if (start === undefined || sectors === undefined || type === undefined) {
      const [, key, value = ''] = /^([a-z-]+):\s*(.*)$/.exec(line) ?? [];
      const why = key === undefined ? `${JSON.stringify(line.slice(0, 60))} is no line of it` : headerLine(key, value);
      if (why !== null) return why;
      if (key === 'label-id') labelId = value;
      continue;
    }
    const number = Number(/[1-9]\d{0,2}$/.exec(name)?.[0] ?? 0);
    // An old sfdisk also tells the primary entries that are empty.
    if (Number(sectors) === 0) continue;
    const kept = { number, start: Number(start), sectors: Number(sectors), type: type.toLowerCase() };
    partitions.push({ ...kept, isBootable: BOOTABLE.test(rest) });
  }
  const table = { labelId, disk, partitions: partitions.sort((one, other) => one.number - other.number) };
  return tableComplaint(table) ?? table;
}

function headerLine(key: string, value: string): string | null {
  if (key === 'label' && value !== 'dos') return `the partition table is ${value.slice(0, 20)}, and only dos is known`;
  if (key === 'unit' && value !== 'sectors') return 'its unit is not the sector';
  if (key === 'sector-size' && value !== String(SECTOR_BYTES)) return `its sectors have ${value.slice(0, 20)} bytes`;
  if (key === 'label-id' && !/^0x[0-9a-f]{1,8}$/.test(value)) return 'its label-id is no number';
  return null;
}

/** A table that lies would have partitions written over each other, or over the table. */
function tableComplaint({ partitions }: PartitionTable): string | null {
  if (partitions.length === 0) return 'it has no partitions';
  const extended = partitions.filter(isExtended);
  const [outer] = extended;
  if (extended.length > 1) return 'it has more than one extended partition';
  const logical = partitions.filter(({ number }) => number >= FIRST_LOGICAL);
  for (const partition of partitions) {
    const { number, start } = partition;
    if (number === 0) return 'a partition has no number';
    if (start === 0 || endOf(partition) > SECTORS_END) return `partition ${number} lies where no partition can be`;
  }
  for (const { number, ...place } of logical) {
    const isInside = outer !== undefined && place.start > outer.start && place.start + place.sectors <= endOf(outer);
    if (!isInside) return `partition ${number} does not lie in the extended one`;
  }
  return overlap(logical) ?? overlap(partitions.filter(({ number }) => number < FIRST_LOGICAL));
}

function overlap(partitions: readonly Partition[]): string | null {
  const sorted = [...partitions].sort((one, other) => one.start - other.start);
  for (const [at, partition] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next !== undefined && (next.number === partition.number || endOf(partition) > next.start)) {
      return `partitions ${partition.number} and ${next.number} overlap`;
    }
  }
  const numbers = new Set(partitions.map(({ number }) => number));
  return numbers.size === partitions.length ? null : 'two partitions have the same number';
}

/** As `sfdisk --dump /dev/DISK` writes it, which it also reads. */
export function sfdiskDump({ labelId, disk, partitions }: PartitionTable): string {
  const lines = partitions.map(({ number, start, sectors, type, isBootable }) => {
    const place = `start=${String(start).padStart(12)}, size=${String(sectors).padStart(12)}`;
    return `/dev/${deviceOf(disk, number)} : ${place}, type=${type}${isBootable ? ', bootable' : ''}`;
  });
  return [
    'label: dos',
    ...(labelId === null ? [] : [`label-id: ${labelId}`]),
    `device: /dev/${disk}`,
    'unit: sectors',
    `sector-size: ${SECTOR_BYTES}`,
    '',
    ...lines,
    '',
  ].join('\n');
}

/** The partition that is called `device`; null when the table has none. */
export function partitionOf(table: PartitionTable, device: string): Partition | null {
  const number = partitionDevice(device)?.number;
  return table.partitions.find((one) => one.number === number) ?? null;
}
