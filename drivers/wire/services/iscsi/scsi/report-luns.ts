import { writeLun } from '../pdu.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, parameters } from './command.js';
import { SENSE } from './sense.js';

/** REPORT LUNS (SPC-4, section 6.33). There are no well known units: a list of those alone (01h) is empty. */
export function reportLuns({ cdb, luns }: ScsiCommand): Answer {
  const selection = cdb[2] ?? 0;
  const allocation_bytes = cdb.readUInt32BE(6);
  if (selection > 2 || allocation_bytes < 16) return check(SENSE.invalidFieldInCdb);
  const listed = selection === 1 ? [] : luns;
  const bytes = Buffer.alloc(8 + listed.length * 8);
  bytes.writeUInt32BE(listed.length * 8, 0);
  listed.forEach((lun, index) => writeLun(lun, bytes, 8 + index * 8));
  return parameters(bytes, allocation_bytes);
}
