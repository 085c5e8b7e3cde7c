import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import { SENSE } from './sense.js';
import { vitalProductData } from './vital-product-data.js';

const VENDOR = 'METALRIG';
const PRODUCT = 'LUN';
const REVISION = '1';
/** SPC-4, section 6.4.2: standard data with eight version descriptors. */
const STANDARD_BYTES = 74;
/** SAM-5, SPC-4, SBC-3, iSCSI: no version claimed (SPC-4, table 147). */
const VERSION_DESCRIPTORS = [0x00a0, 0x0460, 0x04c0, 0x0960];
/** "No such unit here": peripheral qualifier 3, device type 1Fh (SPC-4, table 136). */
const ABSENT = 0x7f;

/** INQUIRY of a unit that is there (SPC-4, section 6.4). */
export function inquiry({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const flags = cdb[1] ?? 0;
  const page = cdb[2] ?? 0;
  const allocation_bytes = cdb.readUInt16BE(3);
  // The upper three bits were the unit's number in SCSI-2; Linux fills them in until it knows the unit's version.
  if ((flags & 0x1e) !== 0) return check(SENSE.invalidFieldInCdb);
  if ((flags & 1) === 0) return page === 0 ? parameters(standard(), allocation_bytes) : check(SENSE.invalidFieldInCdb);
  const bytes = vitalProductData(page, unit);
  return bytes === null ? check(SENSE.invalidFieldInCdb) : parameters(bytes, allocation_bytes);
}

/** INQUIRY of a number that no unit has. */
export function inquiryOfAbsent({ cdb }: ScsiCommand): Answer {
  if (((cdb[1] ?? 0) & 1) !== 0) return check(SENSE.invalidFieldInCdb);
  const bytes = standard();
  bytes[0] = ABSENT;
  return parameters(bytes, cdb.readUInt16BE(3));
}

/** `text` in so many bytes, filled up with spaces. */
export function padded(text: string, length: number): string {
  return text.slice(0, length).padEnd(length, ' ');
}

export function vendorAndProduct(): string {
  return padded(VENDOR, 8) + padded(PRODUCT, 16);
}

function standard(): Buffer {
  const bytes = Buffer.alloc(STANDARD_BYTES);
  // Version 6 is SPC-4; response data format 2 with HISUP, as numbers up to 16383 are addressed by level.
  bytes[2] = 6;
  bytes[3] = 0x12;
  bytes[4] = STANDARD_BYTES - 5;
  // CMDQUE: tasks are queued.
  bytes[7] = 0x02;
  bytes.write(vendorAndProduct() + padded(REVISION, 4), 8, 'latin1');
  VERSION_DESCRIPTORS.forEach((version, index) => bytes.writeUInt16BE(version, 58 + index * 2));
  return bytes;
}
