import type { BlockRange } from './block-range.js';
import { blockRange, rangeProblem } from './block-range.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { asksProtection } from './read-write.js';
import { SENSE } from './sense.js';

const WRITE_SAME_16 = 0x93;
const ANCHOR = 0x10;
const UNMAP = 0x08;
/** PBDATA and LBDATA: obsolete since SBC-3. */
const OBSOLETE = 0x06;
/** NDOB, in WRITE SAME(16) only: no data come, zeros are meant. */
const NO_DATA = 0x01;
/** How much is made of one block at a time. */
const STRETCH_BYTES = 256 * 1024;

/** WRITE SAME(10) and (16) (SBC-3, sections 5.42 and 5.43). Zero blocks are refused, as block limits say (WSNZ). */
export function writeSame({ cdb, expected_bytes }: ScsiCommand, unit: LogicalUnit): Answer {
  const flags = cdb[1] ?? 0;
  const hasNoData = cdb[0] === WRITE_SAME_16 && (flags & NO_DATA) !== 0;
  const isUnmap = (flags & UNMAP) !== 0;
  if (asksProtection(cdb) || (flags & (ANCHOR | OBSOLETE)) !== 0) return check(SENSE.invalidFieldInCdb);
  if (isUnmap && unit.store.thin === undefined) return check(SENSE.invalidFieldInCdb);
  const range = blockRange(cdb);
  const problem = range.blocks === 0 ? SENSE.invalidFieldInCdb : rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (unit.isWriteProtected) return check(SENSE.writeProtected);
  if (hasNoData) return fill(unit, range, { block: Buffer.alloc(unit.block_bytes), isUnmap });
  if (expected_bytes !== unit.block_bytes) return check(SENSE.invalidFieldInCdb);
  return { kind: 'gather', length: unit.block_bytes, finish: (block) => fill(unit, range, { block, isUnmap }) };
}

/** Blocks are let go only where they read the same afterwards: as zeros. */
function fill(unit: LogicalUnit, { address, blocks }: BlockRange, how: { block: Buffer; isUnmap: boolean }): Answer {
  const start = address * unit.block_bytes;
  const length = blocks * unit.block_bytes;
  if (how.isUnmap && unit.store.thin !== undefined && how.block.every((byte) => byte === 0)) {
    unit.store.thin.unmap(start, length);
    return GOOD;
  }
  const stretch = Buffer.alloc(Math.min(length, STRETCH_BYTES), how.block);
  for (let at = 0; at < length; at += stretch.length) {
    unit.store.write(start + at, stretch.subarray(0, Math.min(stretch.length, length - at)));
  }
  return GOOD;
}
