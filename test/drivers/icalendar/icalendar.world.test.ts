import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { utcText } from '../../../drivers/icalendar/calendar-event.js';
import { writeCalendar, type WrittenEvent } from '../../../drivers/icalendar/write.js';
import { read, withLines, writtenEvents } from './calendars.js';

t.setTimeout(300_000);

/** Debian's python3-icalendar and dateutil: another reader, another recurrence. */
function python(program: string, input: unknown): unknown {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/**
 * icalendar 4.0.3 undoes escapes by one replacement after the other, not from left to right (RFC 5545, section 3.3.11):
 * it takes the text `\\n`, written as `\\\\n`, for a line break. It takes `%2C` for a comma too.
 */
function samples(count: number): readonly (readonly WrittenEvent[])[] {
  const plain = (text: string) => text.replace(/[\\%]/g, '/');
  return fc
    .sample(writtenEvents, count)
    .map((events) =>
      events.map((event) => ({ ...event, uid: plain(event.uid), description: plain(event.description) })),
    );
}

const READER = `
import sys, json
from icalendar import Calendar
def stamp(value): return value.dt.strftime('%Y%m%dT%H%M%SZ')
def told(event):
    return [str(event['UID']), int(event['SEQUENCE']), str(event['STATUS']), stamp(event['DTSTART']),
            stamp(event['DTEND']), str(event['SUMMARY']), str(event['LOCATION']), str(event['DESCRIPTION'])]
print(json.dumps([[told(event) for event in Calendar.from_ical(text).walk('VEVENT')] for text in json.load(sys.stdin)]))
`;

void t.test('calendar: for every list of events, python3-icalendar reads what we wrote', async (t) => {
  const lists = samples(200);
  const expected = lists.map((events) =>
    events.map((event) => [
      event.uid,
      event.sequence,
      event.isCancelled ? 'CANCELLED' : 'CONFIRMED',
      utcText(event.from),
      utcText(event.to),
      event.image === null ? event.project : `${event.project}: ${event.image}`,
      event.nodes.join(', '),
      event.description,
    ]),
  );
  t.same(python(READER, lists.map(writeCalendar)), expected);
});

const WRITER = `
import sys, json
from datetime import datetime, timezone
from icalendar import Calendar, Event
texts = []
for uid, summary, location in json.load(sys.stdin):
    calendar, event = Calendar(), Event()
    event.add('uid', uid)
    event.add('dtstart', datetime(2031, 5, 5, 10, tzinfo=timezone.utc))
    event.add('dtend', datetime(2031, 5, 5, 12, tzinfo=timezone.utc))
    event.add('summary', summary)
    event.add('location', location)
    calendar.add_component(event)
    texts.append(calendar.to_ical().decode())
print(json.dumps(texts))
`;

void t.test('calendar: for every event, what python3-icalendar wrote is read', async (t) => {
  const lists = samples(100).flat();
  const texts = python(
    WRITER,
    lists.map(({ uid, project, image, nodes }) => [uid, `${project}: ${image}`, nodes.join(', ')]),
  ) as readonly string[];
  const found = texts.map((text) => {
    const { events, faults } = read(text);
    const [event] = events;
    return [faults.length, event?.uid, event?.project, event?.image, event?.nodes.join(), event?.from];
  });
  t.same(
    found,
    lists.map(({ uid, project, image, nodes }) => {
      return [0, uid, project, String(image), nodes.join(), Date.UTC(2031, 4, 5, 10)];
    }),
  );
});

const DATEUTIL = `
import sys, json
from datetime import datetime
from dateutil.rrule import rrulestr
end = datetime(2032, 1, 1)
def dates(start, rule):
    found = []
    for date in rrulestr(rule, dtstart=datetime.strptime(start, '%Y%m%dT%H%M%S')):
        if date >= end: break
        found.append(date.strftime('%Y%m%dT%H%M%SZ'))
    return found
print(json.dumps([dates(*case) for case in json.load(sys.stdin)]))
`;

const day = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const days = fc.uniqueArray(day, { minLength: 1 }).map((list) => `;BYDAY=${list.join(',')}`);
const nth = fc.tuple(fc.constantFrom(1, 2, 3, 4, -1), day).map(([count, name]) => `;BYDAY=${count}${name}`);
const month = fc.integer({ min: 1, max: 12 });
const none = fc.constant('');
const monthDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant(-1)).map((number) => `;BYMONTHDAY=${number}`);
const shapes = fc.oneof(
  fc.oneof(none, days).map((rest) => `FREQ=DAILY${rest}`),
  fc
    .tuple(
      fc.oneof(none, days),
      fc.oneof(
        none,
        day.map((name) => `;WKST=${name}`),
      ),
    )
    .map((rest) => `FREQ=WEEKLY${rest.join('')}`),
  fc.oneof(none, monthDay, nth).map((rest) => `FREQ=MONTHLY${rest}`),
  fc
    .oneof(
      none,
      fc.tuple(month, nth).map(([number, rest]) => `;BYMONTH=${number}${rest}`),
    )
    .map((rest) => `FREQ=YEARLY${rest}`),
);
const rules = fc
  .tuple(
    shapes,
    fc.oneof(
      none,
      fc.integer({ min: 1, max: 9 }).map((number) => `;INTERVAL=${number}`),
    ),
    fc.oneof(
      none,
      fc.integer({ min: 1, max: 40 }).map((number) => `;COUNT=${number}`),
    ),
  )
  .map((parts) => parts.join(''))
  // Refused: the library never ends where that weekday is not named.
  .filter((rule) => !/^FREQ=DAILY;BYDAY=.*;INTERVAL=7/.test(rule));
const starts = fc
  .integer({ min: Date.UTC(2030, 0, 1) / 60_000, max: Date.UTC(2031, 11, 1) / 60_000 })
  .map((minute) => utcText(minute * 60_000));

void t.test('calendar: for every rule that is taken, its dates are those of dateutil', async (t) => {
  const cases = fc.sample(fc.tuple(starts, rules), 1_500);
  const expected = python(
    DATEUTIL,
    cases.map(([start, rule]) => [start.slice(0, -1), rule]),
  );
  const found = cases.map(([start, rule]) => {
    const { events, faults } = read(withLines(`DTSTART:${start}`, 'DURATION:PT1M', `RRULE:${rule}`));
    return faults.length > 0 ? faults : events.map(({ from }) => utcText(from));
  });
  const parted = found.findIndex((dates, index) => {
    return JSON.stringify(dates) !== JSON.stringify((expected as readonly unknown[])[index]);
  });
  t.same(parted === -1 ? null : [cases[parted], found[parted]], null);
});
