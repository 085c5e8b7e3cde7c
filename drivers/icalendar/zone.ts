import ICAL from 'ical.js';
import { placeWallTime, type Zones } from '../../core/schedule/zoned-time.js';
import { BadCalendar, type Block } from './scan.js';

/** How a zone of a calendar file places wall-clock times. */
export type PlaceWall = (wall: number) => number;

/** Rules of summer time as they are written: a weekday of a month, once a year. */
const YEARLY =
  /^FREQ=YEARLY;(?:[A-Z0-9;=]*;)?BYMONTH=\d{1,2};BYDAY=-?[1-4](?:MO|TU|WE|TH|FR|SA|SU)(?:;UNTIL=[0-9TZ]+)?$/;
const YEARLY_TURNED = /^FREQ=YEARLY;BYDAY=-?[1-4](?:MO|TU|WE|TH|FR|SA|SU);BYMONTH=\d{1,2}(?:;UNTIL=[0-9TZ]+)?$/;
const MOST_RULES = 200;

export interface ZoneSource {
  /** The file's calendar, which may define the zone. */
  readonly calendar: Block;
  readonly zones: Zones;
  /** Where the zone is named. */
  readonly line: number;
}

/**
 * A zone by its name: one of the platform's zones, else what the file itself says of it (VTIMEZONE, RFC 5545, section
 * 3.6.5; Outlook's names are of that kind).
 *
 * @throws BadCalendar
 */
export function zonePlacer(name: string, { calendar, zones, line }: ZoneSource): PlaceWall {
  if (zones.isKnown(name)) return (wall) => placeWallTime(wall, name, zones).at;
  const block = calendar.blocks.find(
    (candidate) => candidate.name === 'VTIMEZONE' && valueOf(candidate, 'TZID') === name,
  );
  const alias = block === undefined ? null : valueOf(block, 'X-LIC-LOCATION');
  if (alias !== null && zones.isKnown(alias)) return (wall) => placeWallTime(wall, alias, zones).at;
  if (block === undefined) {
    throw new BadCalendar(line, `the zone ${JSON.stringify(name)} is not known`, 'Write a zone such as Europe/Berlin.');
  }
  const zone = definedZone(block);
  return (wall) => {
    const time = ICAL.Time.fromDateTimeString(new Date(wall).toISOString().slice(0, 19));
    return wall - zone.utcOffset(time) * 1_000;
  };
}

function definedZone(block: Block): ICAL.Timezone {
  const rules = block.blocks.flatMap(({ lines }) => lines.filter(({ name }) => name === 'RRULE' || name === 'RDATE'));
  const strange = rules.find(
    ({ name, value }) => name !== 'RRULE' || !(YEARLY.test(value) || YEARLY_TURNED.test(value)),
  );
  if (strange !== undefined || rules.length > MOST_RULES || block.blocks.length > MOST_RULES) {
    const line = strange?.line ?? block.line;
    throw new BadCalendar(line, 'a zone whose rules are not taken', 'Write a zone such as Europe/Berlin.');
  }
  try {
    return new ICAL.Timezone(new ICAL.Component(ICAL.parse(textOf(block)) as unknown[]));
  } catch {
    throw new BadCalendar(block.line, 'a zone that cannot be understood', 'Write a zone such as Europe/Berlin.');
  }
}

function valueOf({ lines }: Block, wanted: string): string | null {
  return lines.find(({ name }) => name === wanted)?.value ?? null;
}

/** A component as text again, unfolded. */
export function textOf({ name, lines, blocks }: Block): string {
  return [`BEGIN:${name}`, ...lines.map(({ text }) => text), ...blocks.map(textOf), `END:${name}`].join('\r\n');
}
