import type { LogicalUnit } from './logical-unit.js';
import { MOST_BLOCKS } from './limits.js';
import type { Sense } from './sense.js';
import { SENSE } from './sense.js';

/** Blocks that a command names. */
export interface BlockRange {
  readonly address: number;
  readonly blocks: number;
}

/** Address and count of the four lengths of command that read, write and verify blocks (SBC-3, section 5). */
export function blockRange(cdb: Buffer): BlockRange {
  switch ((cdb[0] ?? 0) >> 5) {
    case 0:
      // READ(6) and WRITE(6): 21 bits of address, and 0 stands for 256 blocks.
      return { address: cdb.readUIntBE(1, 3) & 0x1fffff, blocks: cdb[4] === 0 ? 256 : (cdb[4] ?? 0) };
    case 4:
      return { address: bigAddress(cdb, 2), blocks: cdb.readUInt32BE(10) };
    case 5:
      return { address: cdb.readUInt32BE(2), blocks: cdb.readUInt32BE(6) };
    default:
      return { address: cdb.readUInt32BE(2), blocks: cdb.readUInt16BE(7) };
  }
}

/** 64 bits as a double: beyond 2^53 it is no longer exact, and out of any disk's range by far. */
export function bigAddress(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 0x100000000 + bytes.readUInt32BE(offset + 4);
}

/** @returns what is wrong with the range, else null. A range of 0 blocks may begin one past the last block. */
export function rangeProblem({ address, blocks }: BlockRange, unit: LogicalUnit): Sense | null {
  if (address > unit.blocks || address + blocks > unit.blocks) return SENSE.outOfRange;
  if (blocks > MOST_BLOCKS) return SENSE.invalidFieldInCdb;
  return null;
}
