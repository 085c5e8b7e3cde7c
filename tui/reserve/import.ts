import { readFileSync } from 'node:fs';
import type { CalendarFault } from '../../core/faults/calendar.js';
import { FaultError, faultOf, says, type Fault } from '../../core/faults/fault.js';
import type { Reservation } from '../../core/schedule/ledger.js';
import { readSpan } from '../../core/schedule/zoned-time.js';
import { keyOf } from '../../drivers/icalendar/calendar-event.js';
import { readCalendar, type FoundEvent } from '../../drivers/icalendar/read.js';
import { EXIT } from '../cli/command.js';
import { InputError } from '../cli/input-error.js';
import { importLine } from '../views/reservations.js';
import { refuse, siteOf, store, type Desk } from './desk.js';
import { ownUid } from './export.js';
import { cancellations, recordOf, type Settled } from './settle.js';
import { wantedOf, type Wanted } from './wanted.js';

const DEFAULT_WINDOW = '52w';

/** Makes the schedule say what a calendar file says of the site's nodes; all that is granted is written at once. */
export function importFile(desk: Desk): number {
  const { io, given, zone, zones, now } = desk;
  const site = siteOf(desk);
  const file = given.positionals[1];
  if (file === undefined) throw refuse('it takes the iCalendar file');
  const window_ms = readSpan(given.text('window') ?? DEFAULT_WINDOW);
  if (window_ms === null) throw refuse('--window takes a span such as 26w');
  const options = { file, zones, zone, since: now, before: now + window_ms };
  const { events, faults } = readCalendar(bytesOf(file), options);
  const judged = events.map((event) => wantedOf(event, site, file));
  const wrong: readonly Fault[] = [...faults, ...judged.filter(isFault)];
  if (wrong.length > 0) throw new InputError(wrong);
  const wanted = judged.filter((one): one is Wanted => one !== null && !isFault(one));
  const settled = settle(desk, wanted, window_ms);
  store(
    desk,
    settled.flatMap(({ record }) => (record === null ? [] : [record])),
  );
  tell(desk, settled, judged.filter((one) => one === null).length);
  const isRefused = settled.some(({ outcome }) => outcome === 'refused');
  if (isRefused) io.err('what was refused is not in the schedule; see metalrig reserve list\n');
  return isRefused ? EXIT.failed : EXIT.ok;
}

/** What is called off first makes room for what is moved, and both for what is new. */
function settle(desk: Desk, wanted: readonly Wanted[], window_ms: number): readonly Settled[] {
  const { now, ledger } = desk;
  const called = cancellations(ledger.all(), wanted, { now, since: now, before: now + window_ms, own });
  const done = called.map((step) => apply(desk, step));
  const rest = wanted
    .filter(({ event }) => !event.isCancelled)
    .sort((one, other) => rankOf(one) - rankOf(other) || one.event.from - other.event.from);
  return [...done, ...rest.map((one) => apply(desk, recordOf(desk, one, known(one))))];

  function own({ event }: Pick<Wanted, 'event'>): string | null {
    return reservationOf(event);
  }
  function reservationOf(event: FoundEvent): string | null {
    const one = desk.ledger.all().find(({ reservation }) => ownUid(reservation, desk.stored.id) === event.uid);
    return one?.reservation ?? null;
  }
  function known({ event }: Wanted): Reservation | null {
    const key = keyOf(event);
    const id = reservationOf(event);
    return desk.ledger.all().find((one) => one.event === key || one.reservation === id) ?? null;
  }
  function rankOf(one: Wanted): number {
    return known(one) === null ? 1 : 0;
  }
}

function apply({ ledger }: Desk, step: Settled): Settled {
  const { record } = step;
  if (record === null) return step;
  try {
    return { ...step, reservation: ledger.apply(record).reservation };
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return { ...step, record: null, outcome: 'refused', fault };
  }
}

function tell({ io, given }: Desk, settled: readonly Settled[], others: number): void {
  const counts = { added: 0, changed: 0, cancelled: 0, unchanged: 0, older: 0, past: 0, refused: 0, others };
  for (const { outcome, reservation, fault, line, key } of settled) {
    counts[outcome] += 1;
    const facts = { outcome, reservation, line, key, fault };
    if (given.flag('json')) {
      const why = fault === null ? {} : { says: says(fault) };
      io.out(`${JSON.stringify({ type: 'imported', ...facts, ...why })}\n`);
    } else if (outcome !== 'unchanged') {
      io.out(`${importLine(facts, io.columns)}\n`);
    }
  }
  if (given.flag('json')) io.out(`${JSON.stringify({ type: 'result', ...counts })}\n`);
  else {
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    io.out(`${told.length === 0 ? 'no events' : told.map(([what, count]) => `${count} ${what}`).join(', ')}\n`);
  }
}

function isFault(one: Wanted | CalendarFault | null): one is CalendarFault {
  return one !== null && 'code' in one;
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}
