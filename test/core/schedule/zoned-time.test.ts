import fc from 'fast-check';
import t from 'tap';
import { placeWallTime, readSpan, readTime, shortText, timeText } from '../../../core/schedule/zoned-time.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';

const ZONES = systemZones();
const NOW = Date.UTC(2026, 10, 21, 13);
/** Half and quarter hours, no summer time, summer time of half an hour, changes of the date line and of the offset. */
const NAMES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'UTC',
  'Pacific/Apia',
  'America/St_Johns',
  'Asia/Tokyo',
  'Antarctica/Troll',
  'America/Caracas',
];
const zones = fc.constantFrom(...NAMES);
const instants = fc
  .integer({ min: Date.UTC(2000, 0, 2) / 1_000, max: Date.UTC(2199, 11, 30) / 1_000 })
  .map((seconds) => seconds * 1_000);

function read(text: string, zone = 'Europe/Berlin') {
  return readTime(text, { zone, zones: ZONES, now: NOW });
}

void t.test('time: for every instant and zone, what is written is read as the same instant', async (t) => {
  fc.assert(
    fc.property(instants, zones, zones, (at, zone, other) => {
      const answer = read(timeText(at, zone, ZONES), other);
      return 'at' in answer && answer.at === at && answer.note === null;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

void t.test('time: for every instant, its wall-clock time is placed at it, or at its twin', async (t) => {
  fc.assert(
    fc.property(instants, zones, (at, zone) => {
      const wall = at + ZONES.offset_ms(zone, at);
      const { at: placed, how, other } = placeWallTime(wall, zone, ZONES);
      if (how === 'plain') return placed === at;
      return how === 'twice' && (placed === at || other === at) && other !== null && placed < other;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

void t.test('time: for every wall-clock time that never comes, the old offset is taken', async (t) => {
  const berlin = Date.UTC(2027, 2, 28, 2);
  fc.assert(
    fc.property(fc.nat(3_599), (seconds) => {
      const wall = berlin + seconds * 1_000;
      const placed = placeWallTime(wall, 'Europe/Berlin', ZONES);
      return placed.how === 'never' && placed.at === wall - 3_600_000;
    }),
  );
  t.pass();
});

void t.test('time: the forms that are taken -> their instants', async (t) => {
  const at = Date.UTC(2026, 11, 1, 9);
  for (const text of ['2026-12-01T10:00', '2026-12-01 10:00:00', '2026-12-01T09:00Z', '2026-12-01T14:30+05:30']) {
    t.same(read(text), { at, note: null }, text);
  }
  t.same(read('now'), { at: NOW, note: null });
  t.same(read('2026-12-01'), { at: Date.UTC(2026, 10, 30, 23), note: null });
  t.equal(shortText(at, 'Europe/Berlin', ZONES), '2026-12-01 10:00');
});

void t.test('time: clocks that change -> said: what is taken, or what to say instead', async (t) => {
  t.match(read('2026-10-25T02:30'), { at: Date.UTC(2026, 9, 25, 0, 30), note: /comes twice .*\+02:00, not .*\+01:00/ });
  t.match(read('2027-03-28T02:30'), { problem: /does not exist in Europe\/Berlin.*say 2027-03-28T03:30\+02:00/ });
  t.match(read('2026-10-04T02:10', 'Australia/Lord_Howe'), { problem: /say 2026-10-04T02:40\+11:00/ });
});

void t.test('time: what is none -> refused with what to write', async (t) => {
  const wrong = [
    '',
    'tomorrow',
    '2026-02-30T10:00',
    '2026-13-01',
    '1999-12-31',
    '2026-12-01T24:00',
    '2026-12-01T10:60',
  ];
  for (const text of [...wrong, '2026-12-01T10:00+99:00', '2026-12-01T10', '20261201T100000Z', 'now ', '0000-01-01']) {
    t.match(read(text), { problem: /./ }, text);
  }
});

void t.test('span: the forms that are taken, and others -> ms, or null', async (t) => {
  t.strictSame(['90m', '2h', '3d', '1w', '1h30m', '0h', '', '2', 'h', '-1h', '1h x', '9999999h', '1s'].map(readSpan), [
    5_400_000,
    7_200_000,
    259_200_000,
    604_800_000,
    5_400_000,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

void t.test('zones: names, and what is none -> known or not', async (t) => {
  t.ok(NAMES.every(ZONES.isKnown));
  t.notOk(['', '+01:00', 'Mars/Phobos', 'constructor', '../etc'].some(ZONES.isKnown));
  t.ok(ZONES.names().includes('Europe/Berlin') && ZONES.isKnown(ZONES.local));
});
