import type { Connection } from './connection.js';
import { FINAL, lunOf, newHeader, OPCODE } from './pdu.js';
import type { Pdu } from './pdu.js';
import { SENSE } from './scsi/sense.js';
import type { Session } from './session.js';
import type { LogicalUnit } from './scsi/logical-unit.js';

/** RFC 7143, section 11.6.1. */
const RESPONSE = { complete: 0, noTask: 1, noUnit: 2, noReassign: 4, notSupported: 5 } as const;

/** A Task Management Function Request and its response (RFC 7143, section 11.5). */
export function manageTasks(connection: Connection, session: Session, { header }: Pdu): void {
  const code = (header[1] ?? 0) & 0x7f;
  const response = newHeader(OPCODE.taskManagementResponse, FINAL);
  response[2] = perform(code, session, header);
  header.copy(response, 16, 16, 20);
  connection.send(response, null, true);
  if (code === 7) closeAll(connection, session);
}

function perform(code: number, session: Session, header: Buffer): number {
  const number = lunOf(header);
  const unit = number === null ? undefined : session.target?.units.get(number);
  switch (code) {
    case 1:
      return session.tasks.delete(header.readUInt32BE(20)) ? RESPONSE.complete : RESPONSE.noTask;
    case 2:
      return onUnit(unit, (found) => void session.abortTasks(found));
    case 4:
      return onUnit(unit, (found) => abortEverywhere(session, found));
    case 5:
      return onUnit(unit, (found) => {
        abortEverywhere(session, found);
        found.reset(SENSE.deviceReset);
      });
    case 6:
    case 7:
      resetTarget(session);
      return RESPONSE.complete;
    case 8:
      return RESPONSE.noReassign;
    default:
      return RESPONSE.notSupported;
  }
}

function onUnit(unit: LogicalUnit | undefined, work: (unit: LogicalUnit) => void): number {
  if (unit === undefined) return RESPONSE.noUnit;
  work(unit);
  return RESPONSE.complete;
}

function abortEverywhere(session: Session, unit: LogicalUnit): void {
  for (const each of session.target?.sessions ?? []) each.abortTasks(unit);
}

function resetTarget(session: Session): void {
  for (const unit of session.target?.units.values() ?? []) {
    abortEverywhere(session, unit);
    unit.reset(SENSE.busReset);
  }
}

/** TARGET COLD RESET ends every session of the target (RFC 7143, section 11.5.1); the one that asked hears it first. */
function closeAll(connection: Connection, session: Session): void {
  for (const each of session.target?.sessions ?? []) if (each !== session) each.close('target ends it');
  connection.finish();
}
