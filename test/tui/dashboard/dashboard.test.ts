import t from 'tap';
import { KEYS, keysOn } from '../../../tui/dashboard/keys/table.js';
import { SCREENS } from '../../../tui/dashboard/model/ui.js';
import { cellsOf, textOf } from '../../../tui/dashboard/views/line.js';
import type { Operation } from '../../../tui/dashboard/keys/operate.js';
import { booked } from './booked.js';
import { dashboardOperating, dashboardOver, LARGE, press, screenOf, SMALL, storyOf } from './scenes.js';

const PANIC = storyOf('kernel-panics');
const EIGHT = storyOf('fleet-of-eight');
const DAY = { ...storyOf('fleet-day'), bookings: booked() };

const footOf = (screen: string): string => screen.split('\n').at(-1) ?? '';
const rowsOf = (screen: string): readonly string[] => screen.split('\n').slice(3, -3);

void t.test('dashboard: every screen at every moment, small and large -> frames of exactly that size', async (t) => {
  for (const size of [SMALL, LARGE, { columns: 93, rows: 31 }, { columns: 300, rows: 24 }]) {
    const dashboard = dashboardOver(DAY, size);
    for (let seq = 0; seq <= DAY.entries.length; seq += 9) {
      for (const command of ['rack', 'node mesh1', 'images', 'faults', 'journal', 'schedule', 'builds', 'wire']) {
        dashboard.seek(seq);
        dashboard.tell(command);
        const lines = dashboard.frame().map(textOf);
        const wrong = lines.filter((line) => cellsOf(line) !== size.columns);
        if (lines.length !== size.rows || wrong.length > 0) t.same({ seq, command, rows: lines.length, wrong }, {});
      }
    }
  }
  t.pass();
});

void t.test('dashboard: a moment reached forwards and backwards -> the same frame', async (t) => {
  const there = dashboardOver(DAY);
  const back = dashboardOver(DAY);
  for (const seq of [0, 40, 150, 151, 300, DAY.entries.length]) {
    there.tell(`entry ${seq}`);
    back.tell(`entry ${DAY.entries.length}`);
    back.tell(`entry ${seq}`);
    t.equal(screenOf(there), screenOf(back), `entry ${seq}`);
  }
});

void t.test('dashboard: the world -> in every frame, with what time it is', async (t) => {
  const dashboard = dashboardOver(PANIC);
  for (const screen of SCREENS.filter((one) => one !== 'node')) {
    dashboard.tell(screen);
    t.match(screenOf(dashboard), /^ SIM .* virtual time 0:\d\d\.\d{3} {2}paused/);
  }
});

void t.test('dashboard: the footer -> the keys valid here, whole words, and only those', async (t) => {
  const dashboard = dashboardOver(EIGHT);
  t.match(footOf(screenOf(dashboard)), /\? help q quit Enter open \/ filter/);
  press(dashboard, 'enter');
  t.match(footOf(screenOf(dashboard)), /^ \? help Esc back Tab pane/);
  t.notMatch(footOf(screenOf(dashboard)), /quit|…/);
  press(dashboard, '/');
  t.match(footOf(screenOf(dashboard)), /Enter do it Esc leave it/);
});

void t.test('dashboard: the help -> every key of the table, wherever it is valid', async (t) => {
  const dashboard = dashboardOver(EIGHT, { columns: 120, rows: 90 });
  press(dashboard, '?');
  const help = screenOf(dashboard);
  for (const { says } of KEYS) t.ok(help.includes(says), says);
  press(dashboard, 'escape');
  t.notMatch(screenOf(dashboard), /keys on the rack screen/);
});

void t.test('dashboard: keys -> each means one thing on a screen', async (t) => {
  for (const screen of SCREENS) {
    const names = keysOn(screen).flatMap(({ names: all }) => all);
    t.same(names, [...new Set(names)], screen);
  }
});

void t.test('dashboard: j, k, g, G -> walk, and the chosen row is marked by a sign', async (t) => {
  const dashboard = dashboardOver(EIGHT);
  const chosen = (): number => rowsOf(screenOf(dashboard)).findIndex((row) => row.startsWith('▶'));
  t.equal(chosen(), 0);
  press(dashboard, 'j', 'down');
  t.equal(chosen(), 2);
  press(dashboard, 'G');
  t.equal(chosen(), 7);
  press(dashboard, 'k', 'g');
  t.equal(chosen(), 0);
});

void t.test('dashboard: / -> filters while it is typed, ! turns it round, Esc takes it back', async (t) => {
  const dashboard = dashboardOver(PANIC);
  const story = dashboardOver(EIGHT);
  press(story, '/', '3');
  t.equal(rowsOf(screenOf(story)).filter((row) => row.includes('● up')).length, 1);
  press(story, 'escape');
  t.equal(rowsOf(screenOf(story)).filter((row) => row.includes('● up')).length, 8);
  press(story, '/', '!', '3', 'enter');
  t.match(screenOf(story), /\/!3\/.* 7 of 8 nodes/);
  press(story, 'escape');
  t.match(screenOf(story), / {2}8 nodes: 8 up/);
  press(dashboard, '/', '(');
  t.match(screenOf(dashboard), /not a regular expression yet/);
});

void t.test('dashboard: : -> completed by Tab, wrong ones told', async (t) => {
  const dashboard = dashboardOver(PANIC);
  press(dashboard, ':', 'n', 'o');
  t.match(screenOf(dashboard), /:no {3,}node {2}note/);
  press(dashboard, 'd', 'tab');
  t.match(screenOf(dashboard), /:node +node root1/);
  press(dashboard, 'tab', 'enter');
  t.match(screenOf(dashboard), /rack > root1/);
  press(dashboard, ':', 'x', 'enter');
  t.match(screenOf(dashboard), /there is no command x/);
});

void t.test('dashboard: f, t, b -> to the first fault, to the moment of one, written down', async (t) => {
  const dashboard = dashboardOver(PANIC);
  t.match(screenOf(dashboard), /1 failed/);
  press(dashboard, '0');
  t.match(screenOf(dashboard), /0 nodes/);
  press(dashboard, 'f');
  t.match(screenOf(dashboard), /✗ kernel/);
  press(dashboard, ',', ',');
  t.match(screenOf(dashboard), /◆ kernel/);
  press(dashboard, '3', 't', 'b');
  const [noted = ''] = dashboard.noted;
  t.match(noted, /^runs\/story@\d+$/);
  t.ok(screenOf(dashboard).includes(`noted: metalrig top --bundle ${noted}`));
});

void t.test('dashboard: Space -> plays at the speed that was set, and stops at the end', async (t) => {
  const dashboard = dashboardOver(PANIC);
  press(dashboard, '0', 'space');
  dashboard.pass(1_000);
  t.match(screenOf(dashboard), /virtual time 0:01\.000 {2}playing x1/);
  press(dashboard, '+', '+');
  dashboard.pass(1_000);
  t.match(screenOf(dashboard), /virtual time 0:06\.000 {2}playing x5/);
  dashboard.tell('speed 1000');
  dashboard.pass(1_000);
  t.match(screenOf(dashboard), /paused/);
  t.match(screenOf(dashboard), new RegExp(`entry ${PANIC.entries.length} of`));
});

void t.test('dashboard: [ and ] on the screen of a node -> stage by stage of that node', async (t) => {
  const dashboard = dashboardOver(EIGHT);
  const [first = ''] = dashboard.moment.model.names('node');
  dashboard.tell(`node ${first}`);
  press(dashboard, '[', '[', '[');
  t.match(screenOf(dashboard), /◆ kernel/);
  press(dashboard, ']');
  t.match(screenOf(dashboard), /◆ userland/);
});

void t.test('dashboard: q anywhere but on the rack -> says how to get out, and stays', async (t) => {
  const dashboard = dashboardOver(PANIC);
  t.equal(dashboard.press({ name: 'q', character: 'q' }), 'quit');
  press(dashboard, '3');
  t.equal(dashboard.press({ name: 'q', character: 'q' }), null);
  t.match(screenOf(dashboard), /Esc goes back; q quits on the rack/);
  t.equal(dashboard.press({ name: 'C-c', character: null }), 'quit');
});

void t.test('dashboard: a screen too small -> says so in what room there is', async (t) => {
  const dashboard = dashboardOver(PANIC, { columns: 30, rows: 6 });
  t.match(screenOf(dashboard), /wants\n80x24/);
  dashboard.resize({ columns: 79, rows: 24 });
  t.match(screenOf(dashboard), /metalrig top wants 80x24; this is 79x24/);
});

void t.test('dashboard: ASCII -> no other sign in any frame', async (t) => {
  const dashboard = dashboardOver(DAY, LARGE);
  press(dashboard, 'a');
  for (const command of ['rack', 'node mesh1', 'images', 'faults', 'journal', 'schedule', 'builds', 'wire', 'help']) {
    dashboard.tell(command);
    t.match(screenOf(dashboard), /^[\n -~]*$/, command);
  }
});

void t.test('dashboard: a run that goes on -> live until somebody looks back, and live again at the end', async (t) => {
  const half = Math.floor(PANIC.entries.length / 2);
  const dashboard = dashboardOver({ ...PANIC, entries: [] }, SMALL, true);
  t.match(screenOf(dashboard), /NO RUN {2}nothing yet/);
  dashboard.take(PANIC.entries.slice(0, half), 250);
  t.match(screenOf(dashboard), new RegExp(` live\n[^]*entry ${half} of ${half}`));
  press(dashboard, ',');
  dashboard.take(PANIC.entries.slice(half, half + 2), 0);
  t.match(screenOf(dashboard), new RegExp(`paused, in the past\n[^]*entry ${half - 1} of ${half + 2}`));
  press(dashboard, '$');
  t.match(screenOf(dashboard), / live\n/);
  const before = dashboard.moment.now_ms;
  t.ok(dashboard.pass(400));
  t.equal(dashboard.moment.now_ms, before + 400, 'time passes between entries');
  dashboard.take(PANIC.entries.slice(half + 2), 0);
  t.match(screenOf(dashboard), /PASS .* paused\n/, 'the run is over');
  t.notOk(dashboard.pass(400));
});

void t.test('dashboard: the time of a simulated rack at another pace, or held -> told, and shown so', async (t) => {
  const dashboard = dashboardOver({ ...PANIC, entries: PANIC.entries.slice(0, 20) }, SMALL, true);
  const asked = (seq: number, pace: number): void => {
    const said = { topic: 'clock.pace', payload: { pace } };
    const at = dashboard.moment.now_ms;
    dashboard.take([{ seq, at, entry: 'requested', stream: 's', request: seq, said, fault: null }], 0);
  };
  asked(21, 100);
  t.match(screenOf(dashboard), / live x100\n/);
  const before = dashboard.moment.now_ms;
  dashboard.pass(50);
  t.equal(dashboard.moment.now_ms, before + 5_000);
  asked(22, 0);
  dashboard.pass(50);
  t.equal(dashboard.moment.now_ms, before + 5_000);
  t.match(screenOf(dashboard), /live, time is held\n/);
});

void t.test(
  'dashboard: p -> asks before, of a real node by its name; nothing in the past or of a record',
  async (t) => {
    const asked: Operation[] = [];
    const operate = async (operation: Operation): Promise<void> => void asked.push(operation);
    const entries = PANIC.entries.slice(0, 30);
    const dashboard = dashboardOperating({ ...PANIC, entries }, operate);
    t.match(footOf(screenOf(dashboard)), / p power/);
    press(dashboard, 'p', 'n', 'enter');
    t.match(screenOf(dashboard), /root1 is left as it is/);
    press(dashboard, 'p', 'escape', 'p');
    t.match(screenOf(dashboard), /power off root1\? y and Enter, or Esc:/);
    press(dashboard, 'y', 'enter');
    await Promise.resolve();
    t.match(screenOf(dashboard), /root1 was asked to be off/);
    t.same(asked, [{ node: 'root1', want: 'off' }]);
    press(dashboard, ',', 'p');
    t.match(screenOf(dashboard), /this is the past/);
    const record = dashboardOver({ ...PANIC, entries }, SMALL, true);
    t.notMatch(footOf(screenOf(record)), / p power/);
    press(record, 'p');
    t.match(screenOf(record), /nothing is asked of this: a record, or --read-only/);
    const real = entries.map((entry) => (entry.entry === 'opened' ? { ...entry, world: 'real' } : entry));
    const rack = dashboardOperating({ ...PANIC, entries: real }, operate);
    t.match(screenOf(rack), /^ REAL /);
    press(rack, 'p', 'y', 'enter');
    press(rack, 'p', 'r', 'o', 'o', 't', '1', 'enter');
    t.equal(asked.length, 2, 'a real node by its name alone');
  },
);

void t.test('dashboard: a rack that refuses -> says why', async (t) => {
  const refuse = (): Promise<void> => Promise.reject(new Error('BUS-005 nobody answers'));
  const dashboard = dashboardOperating({ ...PANIC, entries: PANIC.entries.slice(0, 30) }, refuse);
  press(dashboard, 'p', 'y', 'enter');
  await Promise.resolve();
  await Promise.resolve();
  t.match(screenOf(dashboard), /BUS-005 nobody answers/);
});
