import ICAL from 'ical.js';
import type { CalendarFault } from '../../core/faults/calendar.js';
import { wallOf, type Zones } from '../../core/schedule/zoned-time.js';
import type { CalendarEvent } from './calendar-event.js';
import { MOST_OCCURRENCES, occurrences } from './recurrence.js';
import { BadCalendar, scanCalendar, type Block, type ContentLine } from './scan.js';
import { textOf, zonePlacer, type PlaceWall } from './zone.js';

/** An event of a file. Whose names are not there (`project` or `nodes` null) says nothing about nodes of ours. */
export interface FoundEvent extends Omit<CalendarEvent, 'project' | 'nodes'> {
  /** Where it begins in the file. */
  readonly line: number;
  readonly project: string | null;
  readonly nodes: readonly string[];
  /** Whether it says by our own properties that it is a reservation. */
  readonly isOurs: boolean;
  /** Whether it is the rule's, or one that was moved or called off by itself. */
  readonly isRepeated: boolean;
}

export interface ReadOptions {
  /** How the file is called in messages. */
  readonly file: string;
  readonly zones: Zones;
  /** The zone of times that name none. */
  readonly zone: string;
  /** Occurrences of repeated events that end after `since` and begin before `before` are told. */
  readonly since: number;
  readonly before: number;
}

export interface ReadCalendar {
  readonly events: readonly FoundEvent[];
  /** What is wrong; where there is any, nothing of the file should be believed. */
  readonly faults: readonly CalendarFault[];
}

const MOST_FAULTS = 20;

/** The events of an iCalendar file (RFC 5545), also of several calendars in one file, by their places in it. */
export function readCalendar(bytes: Uint8Array, options: ReadOptions): ReadCalendar {
  const faults: CalendarFault[] = [];
  const guarded = <T>(act: () => readonly T[]): readonly T[] => {
    try {
      return act();
    } catch (thrown) {
      if (!(thrown instanceof BadCalendar)) throw thrown;
      const { line, what, mend } = thrown;
      if (faults.length < MOST_FAULTS) {
        faults.push({ code: 'CAL-001', kind: 'calendar.bad', file: options.file, line, what, mend });
      }
      return [];
    }
  };
  const calendars = guarded(() => scanCalendar(bytes));
  const events = calendars.flatMap((calendar) => {
    const found = calendar.blocks.filter(({ name }) => name === 'VEVENT');
    const moved = new Set(found.flatMap((block) => guarded(() => movedKeys({ block, calendar, options }))));
    return found.flatMap((block) => guarded(() => eventsOf({ block, calendar, options }, moved)));
  });
  return { events, faults };
}

/** A component and what it is read by. */
interface Reading {
  readonly block: Block;
  readonly calendar: Block;
  readonly options: ReadOptions;
}

/** The occurrence that an event stands for instead of the rule's. */
function movedKeys(reading: Reading): readonly string[] {
  const line = only(reading.block, 'RECURRENCE-ID');
  return line === null ? [] : [`${wordsOf(reading.block).uid} ${timeOf(line, reading).at}`];
}

function eventsOf(reading: Reading, moved: ReadonlySet<string>): readonly FoundEvent[] {
  const { block, calendar, options } = reading;
  const words = wordsOf(block);
  const { uid } = words;
  const first = timeOf(needed(block, 'DTSTART'), reading);
  const lasts_ms = spanOf(reading, first);
  const method = calendar.lines.find(({ name }) => name === 'METHOD')?.value.toUpperCase();
  const moving = only(block, 'RECURRENCE-ID');
  const rule = only(block, 'RRULE');
  const event = {
    ...words,
    line: block.line,
    isCancelled: words.isCancelled || method === 'CANCEL',
    zone: words.zone ?? first.zone,
    sequence: sequenceOf(block),
    isRepeated: rule !== null,
    occurrence: moving === null ? null : timeOf(moving, reading).at,
  };
  const more = listed(reading, 'RDATE');
  if (rule === null && more.length === 0) return [{ ...event, from: first.at, to: first.at + lasts_ms }];
  if (moving !== null) throw new BadCalendar(block.line, 'one occurrence that is itself repeated', EXPORT);
  const until = untilOf(rule, reading, first);
  const ruled =
    rule === null ? [first.at] : occurrences({ start: first.wall, rule, place: first.place, until }, options.before);
  const left = new Set(listed(reading, 'EXDATE'));
  const starts = [...new Set([...ruled, ...more])]
    .filter((at) => !left.has(at) && !moved.has(`${uid} ${at}`))
    .filter((at) => at + lasts_ms > options.since && at < options.before)
    .sort((one, other) => one - other);
  if (starts.length > MOST_OCCURRENCES) {
    throw new BadCalendar(
      block.line,
      `more than ${MOST_OCCURRENCES} dates`,
      'Repeat it less often, or shorten --window.',
    );
  }
  return starts.map((at) => ({ ...event, isRepeated: true, occurrence: at, from: at, to: at + lasts_ms }));
}

const MOST_UID = 1_000;
const GIVE_UID = 'Give each event a UID of at most 1000 characters, as calendar programs do.';
const EXPORT = 'Export the calendar again.';

/** What the library reads for us: texts with their escapes undone. */
function wordsOf(block: Block) {
  const component = parsed(block);
  const text = (name: string): string | null => {
    const value: unknown = component.getFirstPropertyValue(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  };
  const [project, image] = splitSummary(text('summary'));
  const own = text('x-metalrig-nodes');
  const isOurs = own !== null || text('x-metalrig-project') !== null;
  const uid = text('uid') ?? '';
  if (uid === '' || uid.length > MOST_UID) throw new BadCalendar(block.line, 'an event without a UID', GIVE_UID);
  const nodes = (own ?? text('location') ?? '').split(/[\s,;]+/).filter((name) => name !== '');
  return {
    uid,
    isOurs,
    project: text('x-metalrig-project') ?? project,
    image: text('x-metalrig-image') ?? (isOurs && own !== null ? null : image),
    nodes,
    zone: text('x-metalrig-zone'),
    isCancelled: text('status')?.toUpperCase() === 'CANCELLED',
  };
}

/** `project: image`, or a project alone. */
function splitSummary(summary: string | null): readonly [string | null, string | null] {
  const [, project = '', image] = /^([^:]*)(?::\s*(.*))?$/.exec(summary ?? '') ?? [];
  return [project.trim() === '' ? null : project.trim(), image === undefined || image === '' ? null : image];
}

function parsed(block: Block): ICAL.Component {
  try {
    return new ICAL.Component(ICAL.parse(textOf({ ...block, blocks: [] })) as unknown[]);
  } catch {
    throw new BadCalendar(block.line, 'an event that cannot be understood', EXPORT);
  }
}

interface ReadTime {
  readonly at: number;
  readonly wall: number;
  readonly isDate: boolean;
  readonly zone: string;
  readonly place: PlaceWall;
}

const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/;
const WRITE_TIME = 'Write times as 20310505T100000Z, or with TZID=Europe/Berlin.';

function timeOf(content: ContentLine, reading: Reading): ReadTime {
  return timeIn(content, content.value, reading);
}

function timeIn(content: ContentLine, value: string, { calendar, options }: Reading): ReadTime {
  const { line, text } = content;
  const [, year, month, day, hour, minute, second, utc] = TIME.exec(value) ?? [];
  // Second 60 is a leap second (section 3.3.12); clocks that know none take it for 59.
  const seconds = second === '60' ? '59' : second;
  const fields = [year, month, day, hour ?? '0', minute ?? '0', seconds ?? '0'].map(Number);
  const wall = year === undefined ? null : wallOf(fields);
  if (wall === null) throw new BadCalendar(line, `${JSON.stringify(value.slice(0, 40))} is no time`, WRITE_TIME);
  const [, quoted, plain] =
    /;TZID=(?:"([^"]*)"|([^;:]*))/i.exec(text.slice(0, text.length - content.value.length)) ?? [];
  const zone = utc === 'Z' ? 'UTC' : (quoted ?? plain ?? options.zone).replace(/^\//, '');
  const place = zonePlacer(zone, { calendar, zones: options.zones, line });
  const known = options.zones.isKnown(zone) ? zone : options.zone;
  return { at: place(wall), wall, isDate: hour === undefined, zone: known, place };
}

const DAY_MS = 86_400_000;
const LONGEST = /^\+?P(?:(\d{1,3})W)?(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/;

/** By DTEND, else by DURATION; a date alone lasts that day (section 3.6.1). */
function spanOf(reading: Reading, first: ReadTime): number {
  const end = only(reading.block, 'DTEND');
  const duration = only(reading.block, 'DURATION');
  let span_ms = 0;
  if (end !== null) span_ms = timeOf(end, reading).at - first.at;
  else if (duration !== null) span_ms = durationOf(duration);
  else if (first.isDate) span_ms = first.place(first.wall + DAY_MS) - first.at;
  if (span_ms > 0) return span_ms;
  const { line } = end ?? duration ?? reading.block;
  throw new BadCalendar(line, 'an event that does not last', 'Give it a DTEND after its DTSTART.');
}

function durationOf({ line, value }: ContentLine): number {
  const parts = LONGEST.exec(value)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (parts === undefined)
    throw new BadCalendar(line, `${value.slice(0, 40)} is no duration`, 'Write one such as PT2H.');
  const units_ms = [7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1_000];
  return parts.reduce((sum, part, index) => sum + part * (units_ms[index] ?? 0), 0);
}

function sequenceOf(block: Block): number {
  const content = only(block, 'SEQUENCE');
  if (content === null) return 0;
  if (/^\d{1,9}$/.test(content.value)) return Number(content.value);
  throw new BadCalendar(content.line, 'a SEQUENCE that is no number', EXPORT);
}

function untilOf(rule: ContentLine | null, reading: Reading, first: ReadTime): number | null {
  const [, value] = /(?:^|;)UNTIL=([^;]*)/i.exec(rule?.value ?? '') ?? [];
  if (rule === null || value === undefined) return null;
  const until = timeIn({ ...rule, text: '', value: '' }, value.toUpperCase(), reading);
  if (value.endsWith('Z') || value.endsWith('z')) return until.at;
  return first.place(until.isDate ? until.wall + DAY_MS - 1_000 : until.wall);
}

/** The instants of a list of dates, which may stand in several lines. */
function listed(reading: Reading, wanted: string): readonly number[] {
  return reading.block.lines
    .filter(({ name }) => name === wanted)
    .flatMap((content) => content.value.split(',').map((value) => timeIn(content, value, reading).at));
}

function only({ lines }: Block, wanted: string): ContentLine | null {
  const [first, second] = lines.filter(({ name }) => name === wanted);
  if (second !== undefined) throw new BadCalendar(second.line, `an event with two lines of ${wanted}`, EXPORT);
  return first ?? null;
}

function needed(block: Block, wanted: string): ContentLine {
  const content = only(block, wanted);
  if (content === null) throw new BadCalendar(block.line, `an event without ${wanted}`, EXPORT);
  return content;
}
