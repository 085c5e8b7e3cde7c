import type { Fault } from '../../core/faults/fault.js';
import type { ReservationEvent } from '../../core/machines/reservation.machine.js';
import type { Booking } from '../../core/schedule/booking.js';
import type { Reservation, ScheduleRecord } from '../../core/schedule/ledger.js';
import { keyOf, ofKey } from '../../drivers/icalendar/calendar-event.js';
import type { Desk } from './desk.js';
import type { Wanted } from './wanted.js';

/** What became of an event. */
export interface Settled {
  readonly key: string;
  /** Of the event in the file; null for a date that is not in it any more. */
  readonly line: number | null;
  readonly outcome: 'added' | 'changed' | 'cancelled' | 'unchanged' | 'older' | 'past' | 'refused';
  readonly reservation: string | null;
  /** What has to be written; null: nothing. */
  readonly record: ScheduleRecord | null;
  readonly fault: Fault | null;
}

const LIVE = new Set(['granted', 'active']);

export interface CancelOptions {
  readonly now: number;
  /** The window in which the file tells all dates of a repeated event. */
  readonly since: number;
  readonly before: number;
  /** The reservation that an event of our own making is about. */
  readonly own: (wanted: Wanted) => string | null;
}

/** What the file calls off: an event, all dates of one, or a date that its rule has no more. */
export function cancellations(
  all: readonly Reservation[],
  wanted: readonly Wanted[],
  { now, since, before, own }: CancelOptions,
): readonly Settled[] {
  const keys = new Set(wanted.filter(({ event }) => !event.isCancelled).map(({ event }) => keyOf(event)));
  const repeated = new Set(wanted.filter(({ event }) => event.isRepeated).map(({ event }) => event.uid));
  const cancelled = wanted.filter(({ event }) => event.isCancelled);
  return all.flatMap((one): readonly Settled[] => {
    if (!LIVE.has(one.state)) return [];
    const named = one.event === null ? null : ofKey(one.event);
    const by = cancelled.find((candidate) => {
      const { uid, occurrence } = candidate.event;
      if (own(candidate) === one.reservation) return true;
      return named?.uid === uid && (occurrence === null || occurrence === named.occurrence);
    });
    const isInside = one.from >= since && one.from < before;
    const isLeftOut = named !== null && named.occurrence !== null && repeated.has(named.uid) && isInside;
    const isGone = isLeftOut && one.event !== null && !keys.has(one.event);
    if (by === undefined && !isGone) return [];
    if (by !== undefined && by.event.sequence < one.sequence) return [settled(by, 'older', one)];
    const record = tellOf(one, { type: 'cancel.requested', at: now });
    const line = by?.event.line ?? null;
    return [{ key: one.event ?? '', line, outcome: 'cancelled', reservation: one.reservation, record, fault: null }];
  });
}

/** What has to be asked so that the schedule says what an event says. `at` is the desk's. */
export function recordOf({ ledger, now, zone }: Desk, wanted: Wanted, known: Reservation | null): Settled {
  const { event, project, booking } = wanted;
  if (known === null) {
    if (booking.to <= now) return settled(wanted, 'past', null);
    const reservation = ledger.nextId();
    const about = { reservation, project, at: now, zone: event.zone === '' ? zone : event.zone };
    const input = { ...about, ...booking, event: keyOf(event), sequence: event.sequence };
    return { ...settled(wanted, 'added', null), record: { record: 'requested', input } };
  }
  if (isSame(known, booking) && (LIVE.has(known.state) || known.state === 'over')) {
    return settled(wanted, 'unchanged', known);
  }
  // A file that was written before the last change does not undo it.
  if (event.sequence < known.sequence) return settled(wanted, 'older', known);
  if (booking.to <= now) return settled(wanted, 'past', known);
  return { ...settled(wanted, 'changed', known), record: tellOf(known, changeOf(known, booking, now)) };
}

function changeOf(known: Reservation, booking: Booking, at: number): ReservationEvent {
  if (!LIVE.has(known.state)) return { type: 'reservation.requested', at, booking };
  // While nodes are in use only the end can be moved; anything else is refused by the machine.
  const isLonger = known.state === 'active' && isSame({ ...known, to: booking.to }, booking);
  return isLonger ? { type: 'extend.requested', at, to: booking.to } : { type: 'change.requested', at, booking };
}

function isSame(known: Booking, { nodes, image, from, to }: Booking): boolean {
  const isTime = known.from === from && known.to === to;
  return isTime && known.image === image && known.nodes.join() === nodes.join();
}

function settled({ event }: Wanted, outcome: Settled['outcome'], known: Reservation | null): Settled {
  const reservation = known?.reservation ?? null;
  return { key: keyOf(event), line: event.line, outcome, reservation, record: null, fault: null };
}

function tellOf({ reservation }: Reservation, event: ReservationEvent): ScheduleRecord {
  return { record: 'told', reservation, event };
}
