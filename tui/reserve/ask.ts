import { faultOf } from '../../core/faults/fault.js';
import type { Booking } from '../../core/schedule/booking.js';
import type { Reservation } from '../../core/schedule/ledger.js';
import { readSpan, timeText } from '../../core/schedule/zoned-time.js';
import { EXIT } from '../cli/command.js';
import { reservationLines } from '../views/reservations.js';
import { keep, named, nodesIn, refuse, required, siteOf, slottedOf, timeOf, type Desk } from './desk.js';
import { jsonOf } from './json.js';
import { IMAGE, LONGEST_MS, PROJECT } from './words.js';

export function add(desk: Desk): number {
  const { ledger, zone, now, given } = desk;
  const project = projectOf(required(desk, 'project'));
  const site = siteOf(desk);
  const nodes = nodesIn(site, required(desk, 'nodes'));
  const from = timeOf(desk, 'from', required(desk, 'from'));
  const to = endOf(desk, from);
  const booking: Booking = { nodes, slotted: slottedOf(site, nodes), image: imageOf(given.text('image')), from, to };
  const reservation = ledger.nextId();
  const input = { reservation, project, ...spanned(booking), at: now, zone, event: null, sequence: 0 };
  return told(desk, () => keep(desk, { record: 'requested', input }));
}

export function cancel(desk: Desk): number {
  const { reservation } = named(desk);
  return told(desk, () =>
    keep(desk, { record: 'told', reservation, event: { type: 'cancel.requested', at: desk.now } }),
  );
}

export function extend(desk: Desk): number {
  const before = named(desk);
  const to = endOf(desk, before.to);
  spanned({ ...before, to });
  const event = { type: 'extend.requested', at: desk.now, to } as const;
  return told(desk, () => keep(desk, { record: 'told', reservation: before.reservation, event }));
}

/** @throws FaultError CLI-001 */
export function projectOf(text: string): string {
  if (PROJECT.test(text)) return text;
  throw refuse(`${JSON.stringify(text)} is no project: up to 63 letters, digits, dots, hyphens, underscores`);
}

/** @throws FaultError CLI-001 */
export function imageOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (IMAGE.test(text)) return text;
  throw refuse(`${JSON.stringify(text)} is no image: lower-case letters, digits, dots, hyphens, underscores`);
}

/** @throws FaultError CLI-001 when it ends before it begins, or never */
export function spanned<B extends Pick<Booking, 'from' | 'to'>>(booking: B): B {
  if (booking.to <= booking.from) throw refuse('it ends before it begins');
  if (booking.to - booking.from > LONGEST_MS) throw refuse('it lasts longer than two years');
  return booking;
}

/** By --to, or by --for from an instant on. */
function endOf(desk: Desk, since: number): number {
  const to = desk.given.text('to');
  const span = desk.given.text('for');
  if ((to === undefined) === (span === undefined)) throw refuse('it takes --to or --for, one of them');
  if (to !== undefined) return timeOf(desk, 'to', to);
  const span_ms = readSpan(span ?? '');
  if (span_ms === null) throw refuse(`--for takes a span such as 90m, 2h, 3d or 1h30m, not ${JSON.stringify(span)}`);
  return since + span_ms;
}

/** Prints what came of it. Times in a refusal are said in the asker's zone as well. */
function told(desk: Desk, act: () => Reservation): number {
  const { io, given, zone, zones } = desk;
  try {
    const reservation = act();
    if (given.flag('json')) io.out(`${JSON.stringify(jsonOf(desk, reservation))}\n`);
    else for (const line of reservationLines(reservation, { zone, zones, columns: io.columns })) io.out(`${line}\n`);
    return EXIT.ok;
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault?.code === 'RES-001') io.err(`in your zone, free from ${timeText(fault.freeAt, zone, zones)}\n`);
    throw thrown;
  }
}
