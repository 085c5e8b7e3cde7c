import { compiledSteppers } from '../../core/machines/steppers.js';
import { Ledger } from '../../core/schedule/ledger.js';
import type { StoredSchedule } from '../../drivers/schedule-store/schedule-store.js';

/** What a schedule's directory holds, as far as time had come when it was last written. */
export function ledgerOf({ checkpoint, records }: StoredSchedule, slots: number): Ledger {
  const ledger = new Ledger(compiledSteppers().reservation, slots, checkpoint ?? undefined);
  for (const record of records) ledger.apply(record);
  return ledger;
}
