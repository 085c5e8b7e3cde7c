import type { DiskLayout, PartitionRole } from './layout.js';

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
