import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import { SENSE } from './sense.js';

/** READ CAPACITY(10) (SBC-3, section 5.15): 0xffffffff where the last block needs READ CAPACITY(16). */
export function readCapacity10({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  // PMI and an address are obsolete; an address without PMI was never allowed.
  if ((cdb[8] ?? 0) === 0 && cdb.readUInt32BE(2) !== 0) return check(SENSE.invalidFieldInCdb);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.min(unit.blocks - 1, 0xffffffff), 0);
  bytes.writeUInt32BE(unit.block_bytes, 4);
  return parameters(bytes, bytes.length);
}

/** READ CAPACITY(16) (SBC-3, section 5.16), with LBPME and LBPRZ where the store is thin. */
export function readCapacity16({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64BE(BigInt(unit.blocks - 1), 0);
  bytes.writeUInt32BE(unit.block_bytes, 8);
  bytes[13] = Math.log2(unit.physicalBlock_bytes / unit.block_bytes);
  if (unit.store.thin !== undefined) bytes[14] = 0xc0;
  return parameters(bytes, cdb.readUInt32BE(10));
}
