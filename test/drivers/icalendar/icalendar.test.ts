import fc from 'fast-check';
import t from 'tap';
import { keyOf, ofKey } from '../../../drivers/icalendar/calendar-event.js';
import { writeCalendar } from '../../../drivers/icalendar/write.js';
import { read, withLines, writtenEvents } from './calendars.js';

t.setTimeout(120_000);

void t.test('calendar: for every list of events, what is written is read as the same events', async (t) => {
  fc.assert(
    fc.property(writtenEvents, (events) => {
      const { events: found, faults } = read(writeCalendar(events));
      const expected = events.map(({ uid, occurrence, sequence, isCancelled, from, to, zone, project, image, nodes }) =>
        JSON.stringify([uid, occurrence, sequence, isCancelled, from, to, zone, project, image, nodes]),
      );
      const actual = found.map(({ uid, occurrence, sequence, isCancelled, from, to, zone, project, image, nodes }) =>
        JSON.stringify([uid, occurrence, sequence, isCancelled, from, to, zone, project, image, nodes]),
      );
      if (faults.length > 0 || actual.join() !== expected.join()) {
        throw new Error(`${JSON.stringify(faults)} ${actual.join()} and not ${expected.join()}`);
      }
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('calendar: for every list of events, lines end in CR LF and have at most 75 octets', async (t) => {
  fc.assert(
    fc.property(writtenEvents, (events) => {
      const text = writeCalendar(events);
      const lines = text.split('\r\n');
      const isWhole = lines.every((line) => !line.includes('\n') && !line.includes('\ufffd'));
      return isWhole && lines.at(-1) === '' && lines.every((line) => Buffer.byteLength(line) <= 75);
    }),
  );
  t.pass();
});

void t.test('calendar: for every text, it is read or refused with a line, and never a bug', async (t) => {
  const lines = fc.constantFrom(
    'BEGIN:VCALENDAR',
    'END:VCALENDAR',
    'BEGIN:VEVENT',
    'END:VEVENT',
    'UID:1',
    'DTSTART:20310101T100000Z',
    'DTEND:20310101T110000Z',
    'DTSTART;TZID=Mars:20310101T100000',
    'RRULE:FREQ=DAILY',
    'RRULE:FREQ=YEARLY;COUNT=3',
    'DURATION:PT1H',
    'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
    ' folded',
    'SUMMARY:p: i',
    'LOCATION:root1',
    '',
    ':',
    'X-METALRIG-NODES:root1',
    'EXDATE:20310101T100000Z',
    'RDATE:20310104T100000Z',
    'STATUS:CANCELLED',
    'SEQUENCE:x',
    'RECURRENCE-ID:20310101T100000Z',
    'BEGIN:VTIMEZONE',
    'END:VTIMEZONE',
    'TZID:Mars',
    'DTSTART;X="a:99991399',
  );
  const texts = fc.oneof(
    fc.array(lines, { maxLength: 14 }).map((list) => list.join('\r\n')),
    fc.string(),
  );
  const framed = fc.array(lines, { maxLength: 8 }).map((list) => withLines(...list));
  fc.assert(
    fc.property(fc.oneof(texts, framed, framed), (text) => {
      const { events, faults } = read(text);
      const count = text.split('\n').length;
      return faults.every(({ line }) => line >= 0 && line <= count) && events.every(({ from, to }) => from < to);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => read(bytes).events.length === 0));
  t.pass();
});

void t.test('calendar: a broken file -> refused with the line and what', async (t) => {
  const at = 'DTSTART:20310505T100000Z';
  const end = 'DTEND:20310505T110000Z';
  const wrong: readonly (readonly [string, number, RegExp])[] = [
    ['', 0, /no calendar/],
    ['hello', 1, /NAME:VALUE/],
    ['BEGIN:VCARD\nEND:VCARD\n', 1, /BEGIN:VCALENDAR/],
    ['BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1', 2, /cut off/],
    ['BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR', 3, /END:VCALENDAR ends the VEVENT of line 2/],
    [withLines(at, end, 'X:\u0000'), 8, /a character/],
    [withLines(end), 4, /without DTSTART/],
    [withLines(at, at, end), 7, /two lines of DTSTART/],
    [withLines('DTSTART:20311305T100000Z', end), 6, /no time/],
    [withLines('DTSTART:20310230T100000Z', end), 6, /no time/],
    [withLines(at, 'DTEND:20310505T090000Z'), 7, /does not last/],
    [withLines(at, 'DURATION:PT0S'), 7, /does not last/],
    [withLines(at, 'DURATION:-PT1H'), 7, /no duration/],
    [withLines('DTSTART;TZID=Mars/Phobos:20310505T100000', end), 6, /zone "Mars\/Phobos" is not known/],
    [withLines(at, end, 'RRULE:FREQ=SECONDLY'), 8, /not taken/],
    [withLines(at, end, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31'), 8, /not taken/],
    [withLines(at, end, 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), 8, /not taken/],
    [withLines(at, end, 'RRULE:FREQ=DAILY;INTERVAL=0'), 8, /not taken/],
    [withLines(at, end, 'RRULE:FREQ=DAILY;BYDAY=TU;INTERVAL=7'), 8, /not taken/],
    [withLines(at, end, 'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20310601T000000Z'), 8, /not taken/],
    [withLines(at, end, 'SEQUENCE:-1'), 8, /SEQUENCE/],
    [withLines(at, end).replace('UID:a@b', 'X:1'), 4, /without a UID/],
    [withLines(at, end, `X:${'x'.repeat(70_000)}`), 8, /64 Ki/],
  ];
  for (const [text, line, what] of wrong) {
    const { faults, events } = read(text);
    t.match(faults, [{ code: 'CAL-001', line, what }], text.slice(0, 200));
    t.equal(events.length, 0);
  }
  t.match(read(new Uint8Array([66, 69, 0xff, 0x0a])).faults, [{ line: 1, what: /UTF-8/ }]);
  t.match(read(new Uint8Array(17 * 1024 * 1024)).faults, [{ line: 0, what: /16 MiB/ }]);
});

const startsOf = (text: string): readonly string[] =>
  read(text).events.map(({ from }) => new Date(from).toISOString().slice(0, 16));

void t.test('calendar: times in zones, dates alone, durations -> their instants', async (t) => {
  t.same(startsOf(withLines('DTSTART;TZID=America/New_York:20310505T100000', 'DURATION:PT2H')), ['2031-05-05T14:00']);
  t.same(startsOf(withLines('DTSTART:20310505T100000', 'DURATION:P1D')), ['2031-05-05T08:00'], 'the zone asked in');
  const [day] = read(withLines('DTSTART;VALUE=DATE:20311026')).events;
  t.equal((day?.to ?? 0) - (day?.from ?? 0), 25 * 3_600_000, 'the day on which clocks are put back has 25 hours');
  const outlook = [
    'BEGIN:VTIMEZONE',
    'TZID:W. Europe Standard Time',
    'BEGIN:STANDARD',
    'DTSTART:16010101T030000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'RRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=10;BYDAY=-1SU',
    'END:STANDARD',
    'BEGIN:DAYLIGHT',
    'DTSTART:16010101T020000',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
    'END:DAYLIGHT',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
  ].join('\r\n');
  const lines = ['DTSTART;TZID="W. Europe Standard Time":20310505T100000', 'DURATION:PT2H'];
  t.same(startsOf(withLines(...lines).replace('BEGIN:VEVENT', outlook)), ['2031-05-05T08:00']);
  t.match(read(withLines(...lines).replace('BEGIN:VEVENT', outlook.replace('FREQ=YEARLY', 'FREQ=SECONDLY'))).faults, [
    { what: /rules are not taken/ },
  ]);
});

void t.test('calendar: a repeated event -> its dates in the window, without those taken out or moved', async (t) => {
  const weekly = ['DTSTART;TZID=Europe/Berlin:20311013T100000', 'DURATION:PT2H', 'RRULE:FREQ=WEEKLY;COUNT=4'];
  t.same(
    startsOf(withLines(...weekly, 'EXDATE;TZID=Europe/Berlin:20311020T100000', 'RDATE:20311021T080000Z')),
    ['2031-10-13T08:00', '2031-10-21T08:00', '2031-10-27T09:00', '2031-11-03T09:00'],
    'ten o’clock stays ten o’clock when clocks are put back',
  );
  const moved = ['RECURRENCE-ID:20311013T080000Z', 'DTSTART:20311014T080000Z', 'DURATION:PT1H', 'END:VEVENT'];
  const both = withLines(...weekly).replace(
    'BEGIN:VEVENT',
    ['BEGIN:VEVENT', 'UID:a@b', ...moved, 'BEGIN:VEVENT'].join('\r\n'),
  );
  const { events } = read(both);
  t.same(
    events.map((event) => keyOf(event)),
    ['13', '20', '27', '03'].map((day, index) => `a@b/2031${index > 2 ? 11 : 10}${day}T0${index > 1 ? 9 : 8}0000Z`),
  );
  t.same(startsOf(both)[0], '2031-10-14T08:00');
  t.same(ofKey('a@b/20311013T080000Z'), { uid: 'a@b', occurrence: Date.UTC(2031, 9, 13, 8) });
  const endless = withLines('DTSTART:20100101T000000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');
  t.equal(startsOf(endless).length, 730);
  t.match(startsOf(withLines('DTSTART:20311001T000000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20311003T000000Z')), [
    '2031-10-01T00:00',
    '2031-10-02T00:00',
    '2031-10-03T00:00',
  ]);
});

void t.test('calendar: a calendar that calls off -> its events are cancelled', async (t) => {
  const text = withLines(
    'DTSTART:20310505T100000Z',
    'DURATION:PT1H',
    'SUMMARY:physics: lucid',
    'LOCATION:root1\\, root2',
  );
  t.match(read(text).events, [
    { isCancelled: false, project: 'physics', image: 'lucid', nodes: ['root1', 'root2'], isOurs: false },
  ]);
  t.match(read(text.replace('PRODID:x', 'METHOD:CANCEL')).events, [{ isCancelled: true }]);
  t.match(read(text.replace('UID', 'STATUS:CANCELLED\r\nUID')).events, [{ isCancelled: true }]);
});

void t.test('calendar: backslash, comma, semicolon, line break -> escaped from left to right', async (t) => {
  const at = Date.UTC(2031, 4, 5);
  const times = { from: at, to: at + 3_600_000, changedAt: at, zone: 'UTC', occurrence: null };
  const event = { ...times, sequence: 0, isCancelled: false, project: 'physics', image: null, nodes: ['root1'] };
  const text = writeCalendar([{ ...event, uid: 'a\\,b\\nc', description: 'x\\;y\nz' }]);
  t.match(text, '\r\nUID:a\\\\\\,b\\\\nc\r\n');
  t.match(text, '\r\nDESCRIPTION:x\\\\\\;y\\nz\r\n');
  t.match(read(text).events, [{ uid: 'a\\,b\\nc' }]);
});
