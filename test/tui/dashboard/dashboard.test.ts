import t from 'tap';
import { KEYS, keysOn } from '../../../tui/dashboard/keys/table.js';
import { SCREENS } from '../../../tui/dashboard/model/ui.js';
import { cellsOf, textOf } from '../../../tui/dashboard/views/line.js';
import type { Request } from '../../../tui/dashboard/keys/operate.js';
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
  t.match(screenOf(dashboard), /:node +root1/);
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

const signs = (text: string): readonly string[] => Array.from(text);

/** A rack that is up, one that writes down what it is asked. */
function operating(world = 'sim') {
  const asked: Request[] = [];
  const operate = async (request: Request): Promise<void> => void asked.push(request);
  const entries = PANIC.entries.slice(0, 30).map((entry) => (entry.entry === 'opened' ? { ...entry, world } : entry));
  return { asked, dashboard: dashboardOperating({ ...PANIC, entries }, operate) };
}

void t.test('dashboard: p -> asks before; nothing in the past or of a record', async (t) => {
  const { dashboard, asked } = operating();
  t.match(footOf(screenOf(dashboard)), / p power r restart o boot m maintain/);
  press(dashboard, 'p', 'n', 'enter');
  t.match(screenOf(dashboard), /not done: power off root1/);
  press(dashboard, 'p', 'escape', 'p');
  t.match(screenOf(dashboard), /power off root1\? y and Enter, or Esc:/);
  press(dashboard, 'y', 'enter');
  await Promise.resolve();
  t.match(screenOf(dashboard), /asked: power off root1/);
  t.same(asked, [{ topic: 'node.power', payload: { node: 'root1', want: 'off' } }]);
  press(dashboard, ',', 'p');
  t.match(screenOf(dashboard), /this is the past/);
  const record = dashboardOver(PANIC, SMALL, true);
  t.notMatch(footOf(screenOf(record)), / p power| o boot/);
  for (const key of ['p', 'r', 'o', 'm', 'v', 'i']) {
    press(record, key);
    t.match(screenOf(record), /a record is asked nothing/, key);
  }
  press(record, '3', 'h');
  t.match(screenOf(record), /a record is asked nothing/);
});

void t.test('dashboard: what costs something on a real node -> asked for by its name', async (t) => {
  const { dashboard, asked } = operating('real');
  t.match(screenOf(dashboard), /^ REAL /);
  press(dashboard, 'p', 'y', 'enter', 'r', 'y', 'enter');
  dashboard.tell('boot root1 disk');
  press(dashboard, 'y', 'enter');
  t.same(asked, []);
  press(dashboard, 'p', ...signs('root1'), 'enter', 'r', ...signs('root1'), 'enter');
  t.same(
    asked.map(({ topic }) => topic),
    ['node.power', 'node.cycle'],
  );
});

void t.test('dashboard: o, m, v, i -> commands begun for the chosen node, completed, asked before', async (t) => {
  const { dashboard, asked } = operating();
  press(dashboard, 'o');
  t.match(screenOf(dashboard), /:boot root1 +network {2}disk {2}cdrom {2}usb/);
  press(dashboard, 'd', 'tab', 'tab');
  t.match(screenOf(dashboard), /:boot root1 disk +once {2}always/);
  press(dashboard, 'a', 'tab', 'enter');
  t.match(screenOf(dashboard), /boot root1 from disk, always\? y and Enter/);
  press(dashboard, 'y', 'enter', 'm', ...signs('a fan'), 'enter', 'y', 'enter', 'v');
  press(dashboard, 'i', ...signs('dhcp'), 'tab', ...signs('30s'), 'enter');
  t.match(screenOf(dashboard), /break root1: dhcp\.mute\? y and Enter/);
  press(dashboard, 'y', 'enter');
  dashboard.tell('pace 10');
  t.same(asked, [
    { topic: 'node.boot', payload: { node: 'root1', device: 'disk', lasts: 'always' } },
    { topic: 'node.maintain', payload: { node: 'root1', reason: 'a fan' } },
    { topic: 'node.verify', payload: { node: 'root1' } },
    { topic: 'mishap.begin', payload: { node: 'root1', mishap: 'dhcp.mute', healsAfter_ms: 30_000 } },
    { topic: 'clock.pace', payload: { pace: 10 } },
  ]);
  press(dashboard, ':', ...signs('boot root1 moon'), 'enter');
  t.match(screenOf(dashboard), /from network, disk, cdrom, usb\?/);
});

void t.test('dashboard: i -> what can break of that node alone, each with its words, chosen by arrows', async (t) => {
  const { dashboard, asked } = operating();
  press(dashboard, 'i');
  t.match(screenOf(dashboard), /dhcp\.mute +nobody answers its DHCP requests/);
  t.notMatch(screenOf(dashboard), /bmc\.|script\.missing/, 'a root node without BMC');
  press(dashboard, 'down', 'down', 'down', 'up');
  t.match(screenOf(dashboard), /▶ boot-file\.wrong[^]*:inject root1 boot-file\.wrong/);
  press(dashboard, 'enter', 'y', 'enter');
  t.match(asked, [{ topic: 'mishap.begin', payload: { mishap: 'boot-file.wrong' } }]);
});

void t.test('dashboard: something broken by request -> active at once, healed by h', async (t) => {
  const { dashboard, asked } = operating();
  const at = dashboard.moment.now_ms;
  const payload = { node: 'root1', mishap: 'wire.cut', healsAfter_ms: 60_000 };
  const said = { topic: 'mishap.begin', payload };
  dashboard.take(
    [
      { seq: 31, at, entry: 'requested', stream: 's', request: 1, said, fault: null },
      { seq: 32, at, entry: 'mishap', mishap: 'wire.cut', node: 'root1', change: 'begins' },
    ],
    0,
  );
  press(dashboard, '3', 'g');
  t.match(screenOf(dashboard), /▶ ACTIVE .*root1 +on purpose wire\.cut[^]*heals at 1:0\d[^]*network cable is pulled/);
  press(dashboard, 'h');
  t.same(asked, [{ topic: 'mishap.heal', payload: { node: 'root1', mishap: 'wire.cut' } }]);
  dashboard.take([{ seq: 33, at, entry: 'mishap', mishap: 'wire.cut', node: 'root1', change: 'heals' }], 0);
  t.match(screenOf(dashboard), /past .*root1 +on purpose wire\.cut/);
  press(dashboard, 'G', 'h');
  t.match(screenOf(dashboard), /choose something that is broken on purpose/);
});

void t.test('dashboard: a rack that refuses -> says why', async (t) => {
  const refuse = (): Promise<void> => Promise.reject(new Error('BUS-005 nobody answers'));
  const dashboard = dashboardOperating({ ...PANIC, entries: PANIC.entries.slice(0, 30) }, refuse);
  press(dashboard, 'p', 'y', 'enter');
  await Promise.resolve();
  await Promise.resolve();
  t.match(screenOf(dashboard), /BUS-005 nobody answers/);
});
