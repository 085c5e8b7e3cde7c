import { statSync } from 'node:fs';
import { faultOf, says } from '../../../core/faults/fault.js';
import type { Ledger } from '../../../core/schedule/ledger.js';
import { MOST_SLOTS } from '../../../core/site/site.js';
import { readSchedule } from '../../../drivers/schedule-store/schedule-store.js';
import { wallNow } from '../../../drivers/system-clock/wall.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';
import { ledgerOf } from '../../reserve/ledger.js';
import type { Bookings } from '../model/schedule.js';

interface Read {
  /** Of the directory, in ms since 1970. */
  readonly changedAt: number;
  readonly ledger: Ledger | null;
  readonly trouble: string | null;
}

/** What a schedule's directory says at the present moment; read again only when it has changed. */
export function bookingsIn(directory: string): () => Bookings {
  const zones = systemZones();
  const zone = zones.local;
  let read: Read | null = null;
  return () => {
    const changedAt = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (read?.changedAt !== changedAt) read = { changedAt, ...readAt(directory) };
    const { ledger, trouble } = read;
    const now = Math.floor(wallNow().at / 1_000) * 1_000;
    // A host whose clock is behind does not undo what has happened.
    ledger?.advance(Math.max(now, ledger.at));
    return { directory, now, zone, zones, reservations: ledger?.all() ?? [], trouble };
  };
}

function readAt(directory: string): Omit<Read, 'changedAt'> {
  try {
    const stored = readSchedule(directory);
    return { ledger: ledgerOf(stored, stored.slots ?? MOST_SLOTS), trouble: null };
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return { ledger: null, trouble: `${fault.code} ${says(fault)}` };
  }
}
