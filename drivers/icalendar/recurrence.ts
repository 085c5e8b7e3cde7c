import ICAL from 'ical.js';
import { BadCalendar, type ContentLine } from './scan.js';

/** The first date and time of a repeated event, and its rule. Wall-clock times are in ms as if they were UTC. */
export interface Repeated {
  readonly start: number;
  readonly rule: ContentLine;
  /** The instant that a wall-clock time of the event's zone is. */
  readonly place: (wall: number) => number;
  /** Instants of the rule's UNTIL; null: it has none. */
  readonly until: number | null;
}

/** An event that is repeated more often than that within a window was not meant so. */
export const MOST_OCCURRENCES = 1_000;
/** Some fifty years of days before the window. */
const MOST_STEPS = 20_000;

const INTERVAL = /^[1-9]\d{0,2}$/;
const COUNT = /^[1-9]\d{0,3}$/;
const DAYS = /^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*$/;
const NTH_DAY = /^\+?([1-4]|-1)(MO|TU|WE|TH|FR|SA|SU)$/;
const MONTH_DAY = /^([1-9]|[12]\d|3[01]|-1)$/;
const MONTH = /^([1-9]|1[0-2])$/;
const ANY = /^/;

/** The parts that may stand together beside FREQ, INTERVAL, COUNT, UNTIL and WKST. */
const SHAPES: Readonly<Record<string, readonly Readonly<Record<string, RegExp>>[]>> = {
  DAILY: [{}, { BYDAY: DAYS }],
  WEEKLY: [{}, { BYDAY: DAYS }],
  MONTHLY: [{}, { BYMONTHDAY: MONTH_DAY }, { BYDAY: NTH_DAY }],
  YEARLY: [{}, { BYMONTH: MONTH, BYMONTHDAY: MONTH_DAY }, { BYMONTH: MONTH, BYDAY: NTH_DAY }],
};
const GENERAL: Readonly<Record<string, RegExp>> = { FREQ: ANY, INTERVAL, COUNT, UNTIL: ANY, WKST: DAYS };

/**
 * The parts of a rule, by name. Only what calendars write in daily use: for rarer rules the library disagrees with
 * others, and for some, such as the 31st of February, it never comes to an end.
 *
 * @throws BadCalendar
 */
export function ruleParts({ line, value }: ContentLine): ReadonlyMap<string, string> {
  const pairs = value.toUpperCase().split(';');
  const parts = new Map(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
  const shapes = SHAPES[parts.get('FREQ') ?? ''] ?? [];
  const isTaken =
    parts.size === pairs.length &&
    shapes.some((shape) => {
      const special = [...parts].filter(([name]) => !Object.hasOwn(GENERAL, name));
      return special.length === Object.keys(shape).length && special.every(([name, text]) => shape[name]?.test(text));
    }) &&
    [...parts].every(([name, text]) => GENERAL[name]?.test(text) ?? true) &&
    !(parts.has('COUNT') && parts.has('UNTIL'));
  const isMissed = parts.get('FREQ') === 'YEARLY' && parts.has('BYMONTHDAY') && isNever(parts);
  if (isTaken && !isMissed && !isOneWeekday(parts)) return parts;
  const mend = 'Repeat daily, weekly, monthly by day or nth weekday, or yearly; or write each date as an event.';
  throw new BadCalendar(line, `a repetition that is not taken: ${value.slice(0, 80)}`, mend);
}

/** Every seventh day is one weekday for ever: if it is not among those named, the library never comes to an end. */
function isOneWeekday(parts: ReadonlyMap<string, string>): boolean {
  const interval = Number(parts.get('INTERVAL') ?? 1);
  return parts.get('FREQ') === 'DAILY' && parts.has('BYDAY') && interval % 7 === 0;
}

/** Days that some year's month does not have: the library counts on into the next month. */
function isNever(parts: ReadonlyMap<string, string>): boolean {
  const day = Number(parts.get('BYMONTHDAY'));
  const month = Number(parts.get('BYMONTH'));
  return day > new Date(Date.UTC(2027, month, 0)).getUTCDate();
}

/**
 * The instants of a rule that begin before the end of a window; those before its beginning are among them.
 * @throws BadCalendar when there are too many
 */
export function occurrences({ start, rule, place, until }: Repeated, before: number): readonly number[] {
  const parts = ruleParts(rule);
  const count = Number(parts.get('COUNT') ?? Infinity);
  const days = parts.get('FREQ') === 'DAILY' ? (parts.get('BYDAY')?.split(',') ?? null) : null;
  // Both ends are told by instants here; the library would compare wall-clock times.
  const open = [...parts].filter(([name]) => name !== 'COUNT' && name !== 'UNTIL');
  const iterator = ICAL.Recur.fromString(open.map((pair) => pair.join('=')).join(';')).iterator(timeOf(start));
  const found: number[] = [];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = iterator.next() as ICAL.Time | null;
    if (next === null || found.length >= count) return found;
    // The library gives the start in any case.
    if (days !== null && !days.includes(DAY_NAMES[next.dayOfWeek() - 1] ?? '')) continue;
    const at = place(wallOf(next));
    if (at >= before || (until !== null && at > until)) return found;
    found.push(at);
  }
  throw new BadCalendar(rule.line, 'a repetition with too many dates', 'Let it begin later, or repeat less often.');
}

const DAY_NAMES = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

function timeOf(wall: number): ICAL.Time {
  return ICAL.Time.fromDateTimeString(new Date(wall).toISOString().slice(0, 19));
}

function wallOf({ year, month, day, hour, minute, second }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
