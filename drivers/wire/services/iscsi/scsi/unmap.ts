import { bigAddress } from './block-range.js';
import type { BlockRange } from './block-range.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD, parameters } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { MOST_UNMAP_DESCRIPTORS } from './limits.js';
import { SENSE } from './sense.js';

const ANCHOR = 0x01;
const HEADER_BYTES = 8;
const DESCRIPTOR_BYTES = 16;

/** UNMAP (SBC-3, section 5.28). */
export function unmap({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const length = cdb.readUInt16BE(7);
  const { thin } = unit.store;
  if (thin === undefined) return check(SENSE.invalidOpcode);
  if (((cdb[1] ?? 0) & ANCHOR) !== 0) return check(SENSE.invalidFieldInCdb);
  if (length === 0) return GOOD;
  if (length < HEADER_BYTES) return check(SENSE.parameterListLength);
  return {
    kind: 'gather',
    length,
    finish: (data) => {
      if (unit.isWriteProtected) return check(SENSE.writeProtected);
      const ranges = rangesOf(data);
      if (ranges === null || ranges.length > MOST_UNMAP_DESCRIPTORS) return check(SENSE.invalidFieldInParameters);
      if (ranges.some(({ address, blocks }) => address + blocks > unit.blocks)) return check(SENSE.outOfRange);
      for (const { address, blocks } of ranges) {
        if (blocks > 0) thin.unmap(address * unit.block_bytes, blocks * unit.block_bytes);
      }
      return GOOD;
    },
  };
}

/** @returns null when there is less than the header */
function rangesOf(data: Buffer): readonly BlockRange[] | null {
  if (data.length < HEADER_BYTES) return null;
  const end = Math.min(data.length, HEADER_BYTES + data.readUInt16BE(2));
  const ranges: BlockRange[] = [];
  for (let at = HEADER_BYTES; at + DESCRIPTOR_BYTES <= end; at += DESCRIPTOR_BYTES) {
    ranges.push({ address: bigAddress(data, at), blocks: data.readUInt32BE(at + 8) });
  }
  return ranges;
}

/** GET LBA STATUS (SBC-3, section 5.4): one descriptor, for the run of blocks that the address begins. */
export function getLbaStatus({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const address = bigAddress(cdb, 2);
  if (address >= unit.blocks) return check(SENSE.outOfRange);
  const most = Math.min(unit.blocks - address, 0xffffffff) * unit.block_bytes;
  const extent = unit.store.thin?.extent(address * unit.block_bytes, most) ?? { isMapped: true, length: most };
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32BE(20, 0);
  bytes.writeBigUInt64BE(BigInt(address), 8);
  bytes.writeUInt32BE(extent.length / unit.block_bytes, 16);
  bytes[20] = extent.isMapped ? 0 : 1;
  return parameters(bytes, cdb.readUInt32BE(10));
}
