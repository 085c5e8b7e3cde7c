import { bigAddress, rangeProblem } from './block-range.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { asksProtection } from './read-write.js';
import { SENSE } from './sense.js';
import { firstDifference } from './verify.js';

/**
 * COMPARE AND WRITE (SBC-3, section 5.2): blocks to compare, then as many to store if they are equal. Nothing comes in
 * between, since a command runs to its end before another one is looked at.
 */
export function compareAndWrite({ cdb, expected_bytes }: ScsiCommand, unit: LogicalUnit): Answer {
  const blocks = cdb[13] ?? 0;
  const address = bigAddress(cdb, 2);
  if (asksProtection(cdb)) return check(SENSE.invalidFieldInCdb);
  const problem = rangeProblem({ address, blocks }, unit);
  if (problem !== null) return check(problem);
  if (unit.isWriteProtected) return check(SENSE.writeProtected);
  const half = blocks * unit.block_bytes;
  if (expected_bytes !== half * 2) return check(SENSE.invalidFieldInCdb);
  if (blocks === 0) return GOOD;
  return {
    kind: 'gather',
    length: half * 2,
    finish: (data) => {
      const start = address * unit.block_bytes;
      const difference = firstDifference(unit.store.read(start, half), data.subarray(0, half));
      if (difference >= 0) return check({ ...SENSE.miscompare, information: difference });
      unit.store.write(start, data.subarray(half));
      return GOOD;
    },
  };
}

/** ORWRITE(16) (SBC-3, section 5.6): what is stored becomes the OR of what was there and of what comes. */
export function orWrite({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const range = { address: bigAddress(cdb, 2), blocks: cdb.readUInt32BE(10) };
  if (asksProtection(cdb)) return check(SENSE.invalidFieldInCdb);
  const problem = rangeProblem(range, unit);
  if (problem !== null) return check(problem);
  if (unit.isWriteProtected) return check(SENSE.writeProtected);
  if (range.blocks === 0) return GOOD;
  return {
    kind: 'gather',
    length: range.blocks * unit.block_bytes,
    finish: (data) => {
      const start = range.address * unit.block_bytes;
      const stored = unit.store.read(start, data.length);
      for (let at = 0; at < data.length; at++) data[at] = (data[at] ?? 0) | (stored[at] ?? 0);
      unit.store.write(start, data);
      return GOOD;
    },
  };
}
