import type { LogicalUnit } from './logical-unit.js';
import type { Answer, ScsiCommand } from './command.js';
import { check } from './command.js';
import { inquiryOfAbsent } from './inquiry.js';
import { reportLuns } from './report-luns.js';
import { SENSE } from './sense.js';
import { findOperation } from './operations.js';

const INQUIRY = 0x12;
const REQUEST_SENSE = 0x03;
const REPORT_LUNS = 0xa0;

/** How `command` goes on at `unit` (null where no unit has that number). */
export function execute(command: ScsiCommand, unit: LogicalUnit | null): Answer {
  const opcode = command.cdb[0] ?? 0;
  if (unit === null) return executeAbsent(opcode, command);
  if (opcode !== INQUIRY && opcode !== REPORT_LUNS && opcode !== REQUEST_SENSE) {
    const attention = unit.takeAttention(command.nexus.name);
    if (attention !== null) return check(attention);
  }
  const operation = findOperation(command.cdb);
  return operation === null ? check(SENSE.invalidOpcode) : operation.handler(command, unit);
}

/** SPC-4, section 6.4.1 and 6.33: these two answer at every number, so that an initiator may find the units. */
function executeAbsent(opcode: number, command: ScsiCommand): Answer {
  if (opcode === INQUIRY) return inquiryOfAbsent(command);
  if (opcode === REPORT_LUNS) return reportLuns(command);
  return check(SENSE.noSuchUnit);
}
