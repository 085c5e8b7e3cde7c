import { blockRange, rangeProblem } from './block-range.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { asksProtection } from './read-write.js';
import { SENSE } from './sense.js';

/** BYTCHK of VERIFY and WRITE AND VERIFY (SBC-3, section 5.29). */
function byteCheckOf(cdb: Buffer): number {
  return ((cdb[1] ?? 0) >> 1) & 3;
}

/** VERIFY(10), (12) and (16) (SBC-3, sections 5.29 to 5.31): by itself, or against the initiator's data. */
export function verify({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const mode = byteCheckOf(cdb);
  if (asksProtection(cdb) || mode === 2) return check(SENSE.invalidFieldInCdb);
  const range = blockRange(cdb);
  const problem = rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (mode === 0) {
    // That every block can be read is all there is to find out.
    if (range.blocks > 0) unit.store.read(range.address * unit.block_bytes, range.blocks * unit.block_bytes);
    return GOOD;
  }
  if (range.blocks === 0) return GOOD;
  const length = (mode === 3 ? 1 : range.blocks) * unit.block_bytes;
  const start = range.address * unit.block_bytes;
  const isRepeated = mode === 3;
  return {
    kind: 'gather',
    length,
    finish: (data) =>
      compared(unit, start, { data, length: isRepeated ? range.blocks * unit.block_bytes : data.length }),
  };
}

/** WRITE AND VERIFY(10), (12) and (16) (SBC-3, sections 5.36 to 5.38): stored, made durable, and read back. */
export function writeAndVerify({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  if (asksProtection(cdb) || byteCheckOf(cdb) > 1) return check(SENSE.invalidFieldInCdb);
  const range = blockRange(cdb);
  const problem = rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (unit.isWriteProtected) return check(SENSE.writeProtected);
  if (range.blocks === 0) return GOOD;
  return {
    kind: 'gather',
    length: range.blocks * unit.block_bytes,
    finish: (data) => {
      unit.store.write(range.address * unit.block_bytes, data);
      unit.store.flush();
      return compared(unit, range.address * unit.block_bytes, { data, length: data.length });
    },
  };
}

/** `data` over and over, up to `length`: with BYTCHK 3 a single block stands for every block of the range. */
function compared(unit: LogicalUnit, start: number, { data, length }: { data: Buffer; length: number }): Answer {
  const end = start + length;
  if (data.length === 0) return GOOD;
  for (let at = start; at < end; at += data.length) {
    const stored = unit.store.read(at, Math.min(data.length, end - at));
    const difference = firstDifference(stored, data);
    if (difference >= 0) return check({ ...SENSE.miscompare, information: at - start + difference });
  }
  return GOOD;
}

/** @returns the offset of the first byte that differs, or -1 */
export function firstDifference(left: Uint8Array, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  if (right.compare(left, 0, length, 0, length) === 0) return -1;
  let at = 0;
  while (at < length && left[at] === right[at]) at++;
  return at;
}
