import type { DiskSizes } from '../site/site.js';
import { assert } from '../unreachable.js';

export const SECTOR_BYTES = 512;
/** Everything begins and ends at whole MiB, as fdisk, flash and disks of 4 KiB sectors like it. */
const ALIGNMENT_SECTORS = 2_048;
/** The first logical partition's number, whatever primary ones there are. */
const FIRST_LOGICAL = 5;
/** A master boot record counts sectors with 32 bits. */
const MOST_SECTORS = 2 ** 32;

export type PartitionRole = 'boot' | 'swap' | 'reserved' | 'extended' | 'slot';

export interface Partition {
  /** 1 is sda1. */
  readonly number: number;
  readonly role: PartitionRole;
  /** Of a slot its number, from 1 on; null for the others. */
  readonly slot: number | null;
  readonly start_sectors: number;
  readonly size_sectors: number;
}

/** A mesh node's disk: sda1 for the first GRUB, sda2 swap, sda3 reserved, sda4 extended, and the slots from sda5 on. */
export interface DiskLayout {
  /** By number, without a gap: partition `n` is `partitions[n - 1]`. */
  readonly partitions: readonly Partition[];
  /** What a disk has to have at least. */
  readonly size_sectors: number;
}

/** Where the parts of a mesh node's disk lie. Before each slot 1 MiB is left for its extended boot record. */
export function diskLayout(sizes: DiskSizes): DiskLayout {
  const partitions: Partition[] = [];
  let free = ALIGNMENT_SECTORS;
  for (const [role, size_bytes] of [
    ['boot', sizes.boot_bytes],
    ['swap', sizes.swap_bytes],
    ['reserved', sizes.reserved_bytes],
  ] as const) {
    const size_sectors = sectorsOf(size_bytes);
    partitions.push({ number: partitions.length + 1, role, slot: null, start_sectors: free, size_sectors });
    free += size_sectors;
  }
  const slot_sectors = sectorsOf(sizes.slot_bytes);
  const size_sectors = sizes.slots * (ALIGNMENT_SECTORS + slot_sectors);
  partitions.push({ number: 4, role: 'extended', slot: null, start_sectors: free, size_sectors });
  for (let slot = 1; slot <= sizes.slots; slot += 1) {
    const start_sectors = free + ALIGNMENT_SECTORS;
    const number = slotPartitionNumber(slot);
    partitions.push({ number, role: 'slot', slot, start_sectors, size_sectors: slot_sectors });
    free = start_sectors + slot_sectors;
  }
  return { partitions, size_sectors: free };
}

/** Slot 1 is sda5. */
export function slotPartitionNumber(slot: number): number {
  return slot + FIRST_LOGICAL - 1;
}

/** The partition of a slot that the layout has; any other is a bug. */
export function slotPartition({ partitions }: DiskLayout, slot: number): Partition {
  const found = partitions.find((partition) => partition.slot === slot);
  assert(found !== undefined, `the disk has a slot ${slot}`);
  return found;
}

/** Whether a master boot record can point to all of it. */
export function isAddressable({ size_sectors }: DiskLayout): boolean {
  return size_sectors <= MOST_SECTORS;
}

/** Types of the MBR's table: Linux, Linux swap, extended. The reserved one and the slots hold Linux's file systems. */
const TYPES: Readonly<Record<PartitionRole, string>> = {
  boot: '83',
  swap: '82',
  reserved: '83',
  extended: '5',
  slot: '83',
};

/**
 * The layout as a script for sfdisk's standard input. Every start and size is given, in sectors: nothing is left to the
 * version of sfdisk that reads it.
 *
 * @see sfdisk(8), "Input formats", named fields
 */
export function sfdiskScript({ partitions }: DiskLayout): string {
  const lines = partitions.map(({ role, start_sectors, size_sectors }) => {
    const flag = role === 'boot' ? ', bootable' : '';
    return `start=${start_sectors}, size=${size_sectors}, type=${TYPES[role]}${flag}`;
  });
  return ['label: dos', 'unit: sectors', '', ...lines, ''].join('\n');
}

/** Rounded up to whole MiB. */
function sectorsOf(size_bytes: number): number {
  return Math.ceil(size_bytes / SECTOR_BYTES / ALIGNMENT_SECTORS) * ALIGNMENT_SECTORS;
}
