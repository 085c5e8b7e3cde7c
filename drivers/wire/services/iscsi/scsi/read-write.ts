import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD } from './command.js';
import { blockRange, rangeProblem } from './block-range.js';
import { SENSE } from './sense.js';

/** RDPROTECT, WRPROTECT, VRPROTECT: protection information, which no unit here has. Not in commands of 6 bytes. */
const PROTECT = 0xe0;
const FORCE_UNIT_ACCESS = 0x08;

export function asksProtection(cdb: Buffer): boolean {
  return (cdb[0] ?? 0) >= 0x20 && ((cdb[1] ?? 0) & PROTECT) !== 0;
}

/** READ(6), (10), (12) and (16) (SBC-3, sections 5.11 to 5.14). */
export function read({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  if (asksProtection(cdb)) return check(SENSE.invalidFieldInCdb);
  const range = blockRange(cdb);
  const problem = rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (range.blocks === 0) return GOOD;
  return { kind: 'read', offset: range.address * unit.block_bytes, length: range.blocks * unit.block_bytes };
}

/** WRITE(6), (10), (12) and (16) (SBC-3, sections 5.32 to 5.35). */
export function write({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  if (asksProtection(cdb)) return check(SENSE.invalidFieldInCdb);
  const range = blockRange(cdb);
  const problem = rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (unit.isWriteProtected) return check(SENSE.writeProtected);
  if (range.blocks === 0) return GOOD;
  const isForced = (cdb[0] ?? 0) >= 0x20 && ((cdb[1] ?? 0) & FORCE_UNIT_ACCESS) !== 0;
  return {
    kind: 'write',
    offset: range.address * unit.block_bytes,
    length: range.blocks * unit.block_bytes,
    finish: () => {
      if (isForced) unit.store.flush();
      return GOOD;
    },
  };
}
