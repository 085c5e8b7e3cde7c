import { createHash } from 'node:crypto';
import { assert } from '../../../../core/unreachable.js';

/** The partitions that are slots: sda5 to sda25, all logical. A slot is named by its partition's number. */
export const FIRST_SLOT = 5;
export const LAST_SLOT = 25;
export const SLOTS: readonly number[] = Array.from({ length: LAST_SLOT - FIRST_SLOT + 1 }, (_, at) => FIRST_SLOT + at);

const MIB_SECTORS = 2048;
/** DOS partition types: Linux, Linux swap, extended. */
const TYPE = { linux: '83', swap: '82', extended: '5' } as const;
/** Any fixed number: the disk's own signature, by which a table of ours is told from others. */
const LABEL_ID = '0x6d657368';

/** How large the parts of a mesh node's disk are, all in MiB. */
export interface DiskSizes {
  /** sda1: the first GRUB's directory. */
  readonly grub_mib: number;
  /** sda2. */
  readonly swap_mib: number;
  /** sda3: nobody's yet. */
  readonly reserved_mib: number;
  /** sda5 to sda25, in this order. */
  readonly slots_mib: readonly number[];
}

export interface DiskLayout {
  /** 16 hex digits: the same for the same table, and for no other. */
  readonly id: string;
  /** What sfdisk takes: each line as `sfdisk --dump` prints it, so that a table can be compared with it. */
  readonly table: string;
  readonly slots_bytes: ReadonlyMap<number, number>;
  /** The least that a disk must have. */
  readonly size_bytes: number;
}

/**
 * Lays a disk out: sda1 ext3, sda2 swap, sda3 reserved, sda4 extended and in it the 21 slots, everything on whole MiB,
 * and one MiB before each slot, for the table that leads to the next.
 */
export function diskLayout(sizes: DiskSizes): DiskLayout {
  const { grub_mib, swap_mib, reserved_mib, slots_mib } = sizes;
  assert(slots_mib.length === SLOTS.length, `a disk has ${SLOTS.length} slots`);
  const all = [grub_mib, swap_mib, reserved_mib, ...slots_mib];
  assert(
    all.every((size) => Number.isSafeInteger(size) && size > 0),
    'partitions have whole MiB',
  );
  const lines: string[] = [];
  let at_mib = 1;
  const put = (number: number, size_mib: number, type: string): void => {
    const place = `start=${at_mib * MIB_SECTORS},size=${size_mib * MIB_SECTORS},type=${type}`;
    lines.push(`/dev/sda${number}:${place}${number === 1 ? ',bootable' : ''}`);
    at_mib += size_mib;
  };
  put(1, grub_mib, TYPE.linux);
  put(2, swap_mib, TYPE.swap);
  put(3, reserved_mib, TYPE.linux);
  const logical_mib = slots_mib.reduce((sum, size) => sum + size + 1, 0);
  put(4, logical_mib, TYPE.extended);
  at_mib -= logical_mib;
  slots_mib.forEach((size_mib, index) => {
    at_mib += 1;
    put(FIRST_SLOT + index, size_mib, TYPE.linux);
  });
  const table = `label:dos\nlabel-id:${LABEL_ID}\nunit:sectors\n${lines.map((line) => `${line}\n`).join('')}`;
  return {
    id: createHash('sha256').update(table).digest('hex').slice(0, 16),
    table,
    slots_bytes: new Map(slots_mib.map((size_mib, index) => [FIRST_SLOT + index, size_mib * 1024 * 1024])),
    size_bytes: (at_mib + 1) * 1024 * 1024,
  };
}
