import type { Answer, ScsiCommand } from './command.js';
import { parameters } from './command.js';

/** Which lists are asked for, and in what format: told back as it came. */
const LISTS_AND_FORMAT = 0x1f;

/** READ DEFECT DATA(10) (SBC-3, section 5.17): there is no list with anything in it. */
export function readDefectData10({ cdb }: ScsiCommand): Answer {
  return parameters(Buffer.from([0, (cdb[2] ?? 0) & LISTS_AND_FORMAT, 0, 0]), cdb.readUInt16BE(7));
}

/** READ DEFECT DATA(12) (SBC-3, section 5.18). */
export function readDefectData12({ cdb }: ScsiCommand): Answer {
  return parameters(Buffer.from([0, (cdb[1] ?? 0) & LISTS_AND_FORMAT, 0, 0, 0, 0, 0, 0]), cdb.readUInt32BE(6));
}
