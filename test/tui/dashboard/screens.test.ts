import fc from 'fast-check';
import t from 'tap';
import type { Happening } from '../../../core/journal/entry.js';
import { machineId, nodeId, reservationId } from '../../../core/ids.js';
import { shortText } from '../../../core/schedule/zoned-time.js';
import { systemZones } from '../../../drivers/time-zones/zones.js';
import { ticksOf } from '../../../tui/dashboard/views/time-axis.js';
import { booked } from './booked.js';
import { dashboardOver, LARGE, press, screenOf, SMALL, storyOf } from './scenes.js';

const DAY = { ...storyOf('fleet-day'), bookings: booked() };
const PANIC = storyOf('kernel-panics');

void t.test('schedule: + and - -> less and more time in sight; h, l and n -> to and fro', async (t) => {
  const dashboard = dashboardOver(DAY);
  press(dashboard, '5');
  t.match(screenOf(dashboard), /◆now[^]*3 days in sight, Europe\/Berlin, from schedule\//);
  press(dashboard, '+');
  t.match(screenOf(dashboard), /24\.0 h in sight/);
  press(dashboard, '-', '-');
  t.match(screenOf(dashboard), /7 days in sight/);
  press(dashboard, 'h', 'h', 'h', 'h');
  t.notMatch(screenOf(dashboard), /◆now/);
  t.match(screenOf(dashboard), /▶ root1 +·+ *$/m, 'nothing of it was then');
  press(dashboard, 'n');
  t.match(screenOf(dashboard), /◆now[^]*3 days in sight/);
});

void t.test('schedule: a chosen node -> its reservations, what is to come first; Enter opens it', async (t) => {
  const dashboard = dashboardOver(DAY, LARGE);
  dashboard.tell('schedule');
  press(dashboard, 'j', 'j');
  t.match(screenOf(dashboard), /▶ mesh1 .*\[physics/);
  t.match(screenOf(dashboard), /r1 +active +2031-05-05 08:00 to 13:00 {2}physics: lucid, slot 1\n r3 +granted/);
  press(dashboard, 'enter');
  t.match(screenOf(dashboard), /rack > mesh1/);
  dashboard.tell('schedule');
  press(dashboard, '/', 'e', 'x', 'a', 'm', 'enter');
  t.match(screenOf(dashboard), /▶ root2[^]*r5 +cancelled/);
  t.notMatch(screenOf(dashboard), /\n {2}mesh1/);
});

void t.test('schedule: nobody has asked for anything -> says so, and how to', async (t) => {
  const dashboard = dashboardOver(PANIC);
  dashboard.tell('schedule');
  t.match(screenOf(dashboard), /no schedule in schedule\/[^]*metalrig reserve add [^]*--nodes root1/);
  const broken = { ...booked(), reservations: [], trouble: 'RES-007 it is damaged' };
  const other = dashboardOver({ ...PANIC, bookings: broken });
  other.tell('schedule');
  t.match(screenOf(other), /RES-007 it is damaged/);
});

void t.test("schedule: reservations in the journal -> those, on the run's own clock", async (t) => {
  const machine = machineId('reservation', 'r1');
  const nodes = [nodeId('root1')];
  const claim = { reservation: reservationId(1), project: 'exam', nodes, slotted: [], image: null };
  const input = { ...claim, from: 10_000, to: 40_000, at: 0, zone: 'UTC', event: null, sequence: 0 };
  const holding = { slots: [], evicted: [] };
  const happenings: readonly (readonly [Happening, number])[] = [
    [{ entry: 'started', machine, kind: 'reservation', input }, 0],
    [{ entry: 'effect.done', machine, ask: 1, effect: 'nodes.hold', output: { holding, at: 0 } }, 0],
    [{ entry: 'effect.done', machine, ask: 2, effect: 'time.await', output: { until: 10_000, at: 10_000 } }, 10_000],
  ];
  const entries = happenings.map(([happening, at], index) => ({ ...happening, at, seq: index + 1 }));
  const dashboard = dashboardOver({ ...DAY, entries });
  dashboard.tell('schedule');
  t.match(screenOf(dashboard), /root1 .*\[exam[^]*r1 +active +0:10\.000 to 0:40\.000 {2}exam/);
  t.match(screenOf(dashboard), /from this run's journal/);
  dashboard.tell('entry 2');
  t.match(screenOf(dashboard), /r1 +granted/);
});

const ZONES = systemZones();

const sights = fc.record({
  from: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  span_ms: fc.integer({ min: 60_000, max: 63_000_000_000 }),
  cells: fc.integer({ min: 20, max: 300 }),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe'),
});

void t.test('schedule: for every sight and zone, marks ascend and say what clocks show there', async (t) => {
  fc.assert(
    fc.property(sights, ({ from, span_ms, cells, zone }) => {
      const ticks = ticksOf({ from, to: from + span_ms }, cells, { kind: 'wall', zone, zones: ZONES });
      return ticks.every(({ place, text, at }, index) => {
        const isAhead = index === 0 || place > (ticks[index - 1]?.place ?? -1);
        return isAhead && place >= 0 && place < cells && shortText(at, zone, ZONES).includes(text);
      });
    }),
  );
  t.pass();
});

void t.test('builds: the way of an image -> asked, under way, there; the newest first', async (t) => {
  const dashboard = dashboardOver(DAY, LARGE);
  dashboard.tell('at 10');
  dashboard.tell('builds');
  t.match(screenOf(dashboard), /▶ +0:00\.000 +hand in +robots +◆ validating\.slot +10\.0 s/);
  t.match(screenOf(dashboard), /asked +at 0:00\.000 by scenario, entry \d+/);
  dashboard.tell('at 24');
  t.match(screenOf(dashboard), /deploy +robots +◆ ready\.lun +7\.9 s +███░░░ 2\/4/);
  t.match(screenOf(dashboard), /hand in +robots +● stored +16\.1 s/);
  press(dashboard, '/', 'd', 'e', 'p', 'l', 'o', 'y', ' ', 'enter');
  t.match(screenOf(dashboard), /writes +2 slots told to be written, 0 done, 0 failed/);
  t.match(screenOf(dashboard), /mesh1 +slot 2 +underWay +\S+ for/);
  press(dashboard, 'enter');
  t.match(screenOf(dashboard), /\n images[^]*▶ robots/);
});

void t.test(
  'builds: a node that boots -> the stage that its boot is at, and how long that usually takes',
  async (t) => {
    const dashboard = dashboardOver(storyOf('no-dhcp-answer'));
    dashboard.tell('at 12');
    dashboard.tell('builds');
    t.match(screenOf(dashboard), /boot +root1 +◆ pxe\.dhcp[^]*stage +pxe\.dhcp for \d+\.\d s, which is long; usually/);
  },
);

void t.test('builds: a boot that fails, and one that is given up -> told apart, with why', async (t) => {
  const dashboard = dashboardOver(PANIC, SMALL);
  dashboard.tell('builds');
  t.match(screenOf(dashboard), /boot +root1 +✗ deployFailed/);
  t.match(screenOf(dashboard), /failed +deployFailed at[^]*fault +BOOT-\d+/);
  const entries = PANIC.entries.slice(0, 30);
  const machine = machineId('node', 'root1');
  const event = { type: 'release.requested', at: 9_000 };
  const last = { seq: 31, at: 9_000, entry: 'told', machine, from: 'somebody', event } as const;
  const stopped = dashboardOver({ ...PANIC, entries: [...entries, last] });
  stopped.tell('builds');
  t.match(screenOf(stopped), /boot +root1 +· given up[^]*something else was asked for, which led to poweringOff/);
});
