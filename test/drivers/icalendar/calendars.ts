import fc from 'fast-check';
import { readCalendar, type ReadCalendar } from '../../../drivers/icalendar/read.js';
import type { WrittenEvent } from '../../../drivers/icalendar/write.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';

export const ZONES = systemZones();
export const SINCE = Date.UTC(2030, 0, 1);
export const BEFORE = Date.UTC(2032, 0, 1);

export function read(text: string | Uint8Array, zone = 'Europe/Berlin'): ReadCalendar {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readCalendar(bytes, { file: 'a.ics', zones: ZONES, zone, since: SINCE, before: BEFORE });
}

/** One event in a calendar, by its lines. */
export function withLines(...lines: readonly string[]): string {
  const event = ['BEGIN:VEVENT', 'UID:a@b', ...lines, 'END:VEVENT'];
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...event, 'END:VCALENDAR', ''].join('\r\n');
}

const seconds = (at: number) => at * 1_000;
const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
/** Anything that people write, the characters that RFC 5545 escapes among them. */
const prose = fc
  .string({ unit: fc.oneof(fc.constantFrom(';', ',', '\\', ':', '"', '\n', ' ', 'ä', '€', '😀'), fc.string()) })
  .map((text) => text.replace(/[\p{Cc}\ufffd]/gu, (found) => (found === '\n' ? found : '')).trim());

export const writtenEvents: fc.Arbitrary<readonly WrittenEvent[]> = fc
  .uniqueArray(
    fc.record({
      uid: fc.tuple(names, prose).map(([name, more]) => `${name}${more.replaceAll('\n', '')}@x`),
      occurrence: fc.option(fc.integer({ min: SINCE / 1_000, max: BEFORE / 1_000 }).map(seconds)),
      sequence: fc.nat(1_000),
      isCancelled: fc.boolean(),
      from: fc.integer({ min: SINCE / 1_000, max: BEFORE / 1_000 - 1_000_000 }).map(seconds),
      to: fc.constant(0),
      zone: fc.constantFrom('Europe/Berlin', 'UTC', 'Asia/Kathmandu'),
      project: names,
      image: fc.option(names),
      nodes: fc.uniqueArray(names, { minLength: 1, maxLength: 12 }),
      description: prose,
      changedAt: fc.nat(2_000_000_000).map(seconds),
    }),
    { selector: ({ uid }) => uid, maxLength: 5 },
  )
  .map((events) => events.map((event) => ({ ...event, to: event.from + 3_600_000 })));
