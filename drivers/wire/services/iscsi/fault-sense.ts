import { faultOf } from '../../../../core/faults/fault.js';
import type { Fault } from '../../../../core/faults/fault.js';
import { SENSE } from './scsi/sense.js';
import type { Sense } from './scsi/sense.js';

/** What an initiator is told of a fault of the store. */
export function senseOf(fault: Fault, isWrite: boolean): Sense {
  if (fault.code === 'LUN-004') return SENSE.spaceExhausted;
  return isWrite ? SENSE.writeError : SENSE.readError;
}

/** Runs what may meet a fault of the store; anything else that is thrown is a bug, and goes on its way. */
export function guarded<T>(work: () => T, failed: (fault: Fault) => T): T {
  try {
    return work();
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return failed(fault);
  }
}
