import type { Answer, ScsiCommand } from './command.js';
import { check, CONFLICT } from './command.js';
import { inquiryOfAbsent } from './inquiry.js';
import type { LogicalUnit } from './logical-unit.js';
import { findOperation } from './operations.js';
import { reportLuns } from './report-luns.js';
import { SENSE } from './sense.js';

const INQUIRY = 0x12;
const REQUEST_SENSE = 0x03;
const REPORT_LUNS = 0xa0;

/** How `command` goes on at `unit` (null where no unit has that number). */
export function execute(command: ScsiCommand, unit: LogicalUnit | null): Answer {
  const opcode = command.cdb[0] ?? 0;
  if (unit === null) return executeAbsent(opcode, command);
  // SAM-5, section 5.14.1: these three are answered whatever there is to tell.
  if (opcode !== INQUIRY && opcode !== REPORT_LUNS && opcode !== REQUEST_SENSE) {
    const attention = unit.takeAttention(command.nexus.name);
    if (attention !== null) return check(attention);
  }
  const operation = findOperation(command.cdb);
  if (operation === 'no code') return check(SENSE.invalidOpcode);
  if (operation === 'no action') return check(SENSE.invalidFieldInCdb);
  if (!unit.reservations.allows(command.nexus.name, operation.access)) return CONFLICT;
  if (unit.isStopped && operation.isMedium === true) return check(SENSE.notReadyStopped);
  return operation.handler(command, unit);
}

/** SPC-4, section 6.4.1 and 6.33: these two answer at every number, so that an initiator may find the units. */
function executeAbsent(opcode: number, command: ScsiCommand): Answer {
  if (opcode === INQUIRY) return inquiryOfAbsent(command);
  if (opcode === REPORT_LUNS) return reportLuns(command);
  return check(SENSE.noSuchUnit);
}
