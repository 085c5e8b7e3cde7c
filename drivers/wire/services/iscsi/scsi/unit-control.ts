import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check, GOOD, parameters, STATUS } from './command.js';
import { blockRange, rangeProblem } from './block-range.js';
import { encodeSense, SENSE } from './sense.js';

/** TEST UNIT READY (SPC-4, section 6.47). */
export function testUnitReady(_command: ScsiCommand, unit: LogicalUnit): Answer {
  return unit.isStopped ? check(SENSE.notReadyStopped) : GOOD;
}

/** REQUEST SENSE (SPC-4, section 6.39): the unit attention that waits for this nexus, if one does. */
export function requestSense({ cdb, nexus }: ScsiCommand, unit: LogicalUnit): Answer {
  const sense = unit.takeAttention(nexus.name) ?? (unit.isStopped ? SENSE.notReadyStopped : SENSE.none);
  return parameters(encodeSense(sense, ((cdb[1] ?? 0) & 1) !== 0), cdb[4] ?? 0);
}

/** START STOP UNIT (SBC-3, section 5.25). The medium cannot be ejected, and power conditions change nothing. */
export function startStopUnit({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const flags = cdb[4] ?? 0;
  const powerCondition = flags >> 4;
  if (powerCondition !== 0) return GOOD;
  if ((flags & 0x02) !== 0) return check(SENSE.invalidFieldInCdb);
  const isStopping = (flags & 0x01) === 0;
  // NO_FLUSH is 0x04: unless it is set, stopping makes everything durable first.
  if (isStopping && (flags & 0x04) === 0) unit.store.flush();
  unit.isStopped = isStopping;
  return GOOD;
}

/** SYNCHRONIZE CACHE(10) and (16) (SBC-3, section 5.26): the whole of the store is flushed, whatever the range. */
export function synchronizeCache({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const { address, blocks } = blockRange(cdb);
  if (address > unit.blocks || address + blocks > unit.blocks) return check(SENSE.outOfRange);
  unit.store.flush();
  return GOOD;
}

/** PRE-FETCH(10) and (16) (SBC-3, section 5.8): CONDITION MET, as the host's page cache takes all it can. */
export function prefetch({ cdb }: ScsiCommand, unit: LogicalUnit): Answer {
  const problem = rangeProblem({ ...blockRange(cdb), blocks: 0 }, unit);
  const { address, blocks } = blockRange(cdb);
  if (problem !== null || address + blocks > unit.blocks) return check(SENSE.outOfRange);
  return { kind: 'status', status: STATUS.conditionMet, sense: null };
}
