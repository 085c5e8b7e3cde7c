/** What the platform's zone database knows; handed in, since the core has none. */
export interface Zones {
  /** The zone that this host is set to. */
  readonly local: string;
  readonly names: () => readonly string[];
  readonly isKnown: (zone: string) => boolean;
  /** How far the zone's clocks are ahead of UTC at an instant, in ms. */
  readonly offset_ms: (zone: string, at: number) => number;
}

/** A date and a time of day as a clock on the wall shows them, in ms as if it were UTC. */
export type WallTime = number;

/**
 * A wall-clock time as an instant. Clocks that are put back show a time twice: then it is the first of the two. Clocks
 * that are put forward leave times out: then it is what the old offset gives (RFC 5545, section 3.3.5, both).
 */
export interface Placed {
  readonly at: number;
  readonly how: 'plain' | 'twice' | 'never';
  /** The other instant that shows the same time, for `twice`. */
  readonly other: number | null;
}

const DAY_MS = 86_400_000;

export function placeWallTime(wall: WallTime, zone: string, zones: Zones): Placed {
  // A day before and after, the offsets are those around any change of the clocks.
  const before_ms = zones.offset_ms(zone, wall - DAY_MS);
  const after_ms = zones.offset_ms(zone, wall + DAY_MS);
  const candidates = [...new Set([wall - before_ms, wall - after_ms])]
    .filter((at) => at + zones.offset_ms(zone, at) === wall)
    .sort((one, other) => one - other);
  const [first, second] = candidates;
  if (first === undefined) return { at: wall - before_ms, how: 'never', other: null };
  if (second === undefined) return { at: first, how: 'plain', other: null };
  return { at: first, how: 'twice', other: second };
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?$/;

export type ReadTime =
  | { readonly at: number; readonly note: string | null }
  /** Why it is no time, and what to write. */
  | { readonly problem: string };

export interface AskedIn {
  readonly zone: string;
  readonly zones: Zones;
  readonly now: number;
}

/** `now`, or ISO 8601: a date, a local time in the zone that is asked in, or a time with its offset. */
export function readTime(text: string, { zone, zones, now }: AskedIn): ReadTime {
  if (text === 'now') return { at: Math.floor(now / 1_000) * 1_000, note: null };
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', offset] = ISO.exec(text) ?? [];
  if (year === '')
    return { problem: `${JSON.stringify(text)} is no time; write 2026-12-01T10:00, or with +01:00 or Z` };
  const wall = wallOf([year, month, day, hour, minute, second].map(Number));
  if (wall === null) return { problem: `there is no ${text}; dates are year-month-day, from 2000 to 2199` };
  if (offset !== undefined) {
    const offset_ms = offsetOf(offset);
    return offset_ms === null ? { problem: `there is no offset ${offset}` } : { at: wall - offset_ms, note: null };
  }
  const placed = placeWallTime(wall, zone, zones);
  if (placed.how === 'never') {
    const next = timeText(placed.at, zone, zones);
    return { problem: `${text} does not exist in ${zone}: the clocks are put forward; say ${next}` };
  }
  if (placed.other === null) return { at: placed.at, note: null };
  const [taken, left] = [placed.at, placed.other].map((at) => timeText(at, zone, zones));
  return { at: placed.at, note: `${text} comes twice in ${zone}: taken as ${taken}, not ${left}` };
}

/** Null where there is no such date or time of day, or it is out of the years that a schedule is about. */
export function wallOf(numbers: readonly number[]): WallTime | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(wall);
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isTime = hour < 24 && minute < 60 && second < 60;
  return isDate && isTime && year >= 2000 && year <= 2199 ? wall : null;
}

function offsetOf(text: string): number | null {
  if (text === 'Z') return 0;
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number);
  if (hours > 14 || minutes > 59) return null;
  return (text.startsWith('-') ? -60_000 : 60_000) * (hours * 60 + minutes);
}

/** `2026-12-01T10:00+01:00`; seconds only where there are any. */
export function timeText(at: number, zone: string, zones: Zones): string {
  const whole = Math.floor(at / 1_000) * 1_000;
  const offset_ms = zones.offset_ms(zone, whole);
  const wall = new Date(whole + offset_ms).toISOString().slice(0, 19).replace(/:00$/, '');
  return `${wall}${offsetText(offset_ms)}`;
}

/** `2026-12-01 10:00`, for tables that name their zone once. */
export function shortText(at: number, zone: string, zones: Zones): string {
  const wall = Math.floor((at + zones.offset_ms(zone, at)) / 1_000) * 1_000;
  return new Date(wall).toISOString().slice(0, 16).replace('T', ' ');
}

function offsetText(offset_ms: number): string {
  const minutes = Math.round(Math.abs(offset_ms) / 60_000);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${offset_ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** `90m`, `2h`, `3d`, `1w`, `1h30m`: spans of the clock, a day is 24 hours. Null for anything else, and for nothing. */
export function readSpan(text: string): number | null {
  const parts = [...text.matchAll(/(\d{1,6})([mhdw])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  const span_ms = parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (UNITS_MS[unit] ?? 0), 0);
  return isWhole && span_ms > 0 ? span_ms : null;
}
