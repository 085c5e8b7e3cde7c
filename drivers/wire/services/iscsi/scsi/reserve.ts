import type { Answer, ScsiCommand } from './command.js';
import { check, CONFLICT, GOOD } from './command.js';
import type { LogicalUnit } from './logical-unit.js';
import { isReservationType } from './persistent-reservation.js';
import type { Outcome } from './persistent-reservation.js';
import { SENSE } from './sense.js';

const PARAMETER_BYTES = 24;
/** SPEC_I_PT, ALL_TG_PT and APTPL, none of which REPORT CAPABILITIES offers. */
const UNSUPPORTED = 0x0d;

/** RESERVE(6) (SPC-2, section 7.21): the whole unit, for this nexus's session. */
export function reserve6({ cdb, nexus }: ScsiCommand, unit: LogicalUnit): Answer {
  if (((cdb[1] ?? 0) & 0x11) !== 0) return check(SENSE.invalidFieldInCdb);
  return unit.reservations.reserveSix(nexus.name) ? GOOD : CONFLICT;
}

/** RELEASE(6) (SPC-2, section 7.16): of what another nexus holds it is no error, and changes nothing. */
export function release6({ nexus }: ScsiCommand, unit: LogicalUnit): Answer {
  unit.reservations.releaseSix(nexus.name);
  return GOOD;
}

/** PERSISTENT RESERVE OUT (SPC-4, section 6.16). */
export function persistentReserveOut({ cdb, nexus }: ScsiCommand, unit: LogicalUnit): Answer {
  const action = (cdb[1] ?? 0) & 0x1f;
  const scope = (cdb[2] ?? 0) >> 4;
  const type = (cdb[2] ?? 0) & 0x0f;
  const namesType = action === 1 || action === 2 || action === 4 || action === 5;
  if (action > 6) return check(SENSE.invalidFieldInCdb);
  if (namesType && (scope !== 0 || !isReservationType(type))) return check(SENSE.invalidFieldInCdb);
  if (cdb.readUInt32BE(5) !== PARAMETER_BYTES) return check(SENSE.parameterListLength);
  return {
    kind: 'gather',
    length: PARAMETER_BYTES,
    finish: (data) => {
      if (data.length < PARAMETER_BYTES) return check(SENSE.parameterListLength);
      if (((data[20] ?? 0) & UNSUPPORTED) !== 0) return check(SENSE.invalidFieldInParameters);
      return answerOf(act(action, { unit, nexus: nexus.name, type, data }), unit);
    },
  };
}

interface Act {
  readonly unit: LogicalUnit;
  readonly nexus: string;
  readonly type: number;
  readonly data: Buffer;
}

/** Service actions 0 to 6 (SPC-4, table 218). */
function act(action: number, { unit, nexus, type, data }: Act): Outcome {
  const { persistent } = unit.reservations;
  const key = data.readBigUInt64BE(0);
  const actionKey = data.readBigUInt64BE(8);
  switch (action) {
    case 0:
      return persistent.register(nexus, key, actionKey);
    case 1:
      return persistent.reserve(nexus, key, type);
    case 2:
      return persistent.release(nexus, key, type);
    case 3:
      return persistent.clear(nexus, key);
    case 6:
      return persistent.register(nexus, null, actionKey);
    default:
      // PREEMPT AND ABORT too: no task of another nexus is ever half way through the medium.
      return persistent.preempt(nexus, key, { victim: actionKey, type });
  }
}

function answerOf(outcome: Outcome, unit: LogicalUnit): Answer {
  if (outcome === 'good') return GOOD;
  if (outcome === 'conflict') return CONFLICT;
  if (outcome === 'invalid release') return check(SENSE.invalidRelease);
  for (const nexus of outcome.released) unit.attendOne(nexus, SENSE.reservationsReleased);
  for (const nexus of outcome.preempted) unit.attendOne(nexus, SENSE.registrationsPreempted);
  return GOOD;
}
