import fc from 'fast-check';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { TOPICS, type Said } from '../../core/bus/topics.js';
import { machineId, nodeId } from '../../core/ids.js';
import type { Entry } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { MISHAP_KINDS } from '../../core/scenario/scenario.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { scenarioText } from '../../tui/rack/keep.js';
import { SimConsoles } from '../../tui/rack/sim-consoles.js';
import { LiveSim } from '../../tui/rack/sim-rack.js';
import { ROOT } from '../run-metalrig.js';

const SITE = join(ROOT, 'scenarios', 'sites', 'fleet.site.yaml');
const BMC = 'bmc: { protocol: ipmi, user: rig, password: { env: X } }, ';
const TEXT = readFileSync(SITE, 'utf8').replace('root1: { ', `root1: { ${BMC}`);
const site = parseSite(TEXT, SITE);
const plan = planOf(scenarioText(site), 'scenario.yaml', site);
const STEPPERS = compiledSteppers();

interface Rack {
  readonly entries: Entry[];
  readonly sim: LiveSim;
  /** As the journal service does it. @returns the kind of the fault that it was refused with */
  readonly say: (at: number, topic: string, payload: object) => string | null;
  readonly stateOf: (node: string) => string | undefined;
}

function rackOf(earlier: readonly Entry[] = []): Rack {
  const entries = [...earlier];
  const append = (happening: object, at: number): boolean =>
    entries.push(JSON.parse(JSON.stringify({ seq: entries.length + 1, at, ...happening })) as Entry) > 0;
  const sim = new LiveSim({ name: 'x', plan, seed: 5, earlier, append });
  return {
    entries,
    sim,
    say: (at, topic, payload) => {
      sim.passTo(at);
      const said = { topic, payload: TOPICS[topic as Said['topic']].payload.parse(payload) } as Said;
      const fault = sim.judge(said);
      append({ entry: 'requested', stream: 's', request: 1, said, fault }, sim.now);
      if (fault === null) sim.act(said);
      return fault?.kind ?? null;
    },
    stateOf: (node) => fold(entries, STEPPERS).machines.get(machineId('node', nodeId(node)))?.standing.state,
  };
}

const DAY_MS = 200_000;
const NODES = ['root1', 'root2', 'mesh1', 'mesh2'];
const payloads = {
  'node.power': { want: fc.constantFrom('on', 'off') },
  'node.cycle': {},
  'node.boot': { device: fc.constantFrom('network', 'disk', 'cdrom', 'usb'), lasts: fc.constantFrom('once', 'always') },
  'node.verify': {},
  'node.maintain': { reason: fc.constant('a fan') },
  'node.return': {},
  'mishap.begin': {
    mishap: fc.constantFrom(...MISHAP_KINDS),
    healsAfter_ms: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
  },
  'mishap.heal': { mishap: fc.constantFrom('dhcp.mute', 'wire.cut', 'kernel.panic') },
};
const request = fc.oneof(
  ...Object.entries(payloads).map(([topic, rest]) =>
    fc.record({
      topic: fc.constant(topic),
      // Whole milliseconds: often several requests at one instant, and at that of something else.
      at: fc.integer({ min: 0, max: DAY_MS }),
      payload: fc.record({ node: fc.constantFrom(...NODES), ...rest }),
    }),
  ),
);
const requests = fc.array(request, { maxLength: 25 }).map((all) => all.sort((a, b) => a.at - b.at));

interface Asked {
  readonly at: number;
  readonly topic: string;
  readonly payload: object;
}

function played(all: readonly Asked[]): Rack {
  const rack = rackOf();
  for (const { at, topic, payload } of all) rack.say(at, topic, payload);
  rack.sim.passTo(DAY_MS * 3);
  return rack;
}

void t.test(
  'rack: for every request at any time -> machines never meet a word that they have no use for',
  async (t) => {
    fc.assert(
      fc.property(requests, (all) => {
        const { entries } = played(all);
        return entries.every(({ entry }) => entry !== 'unexpected') && fold(entries, STEPPERS).divergences.length === 0;
      }),
      { numRuns: 150 },
    );
    t.pass();
  },
);

void t.test('rack: for every request at any time, killed anywhere -> goes on with the same entries', async (t) => {
  fc.assert(
    fc.property(requests, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) => {
      const { entries } = played(all);
      const cut = Math.max(1, Math.floor(entries.length * part));
      const again = rackOf(entries.slice(0, cut));
      // What was asked later is asked again by nobody: up to there both go the same way.
      const next = entries.findIndex(({ entry }, index) => index >= cut && entry === 'requested');
      const due = entries.slice(0, next === -1 ? entries.length : next);
      again.sim.passTo(next === -1 ? DAY_MS * 3 : (entries[next]?.at ?? 0));
      return JSON.stringify(again.entries) === JSON.stringify(due);
    }),
    { numRuns: 100 },
  );
  t.pass();
});

void t.test(
  'rack: a node that is up is to boot from its disk, once -> off, told so, on, and up from there',
  async (t) => {
    const rack = rackOf();
    t.equal(rack.say(100_000, 'node.boot', { node: 'mesh1', device: 'disk' }), null);
    rack.sim.passTo(200_000);
    const after = rack.entries.slice(rack.entries.findIndex(({ entry }) => entry === 'requested'));
    const told = after.flatMap((entry) => (entry.entry === 'told' && entry.from === 'bus' ? [entry.event] : []));
    t.match(told, [
      { type: 'release.requested' },
      { type: 'deploy.requested', order: { device: 'disk', lasts: 'once' } },
    ]);
    t.equal(rack.stateOf('mesh1'), 'active');
  },
);

void t.test(
  'rack: a boot that hangs is cycled -> switched off and on, and up once what hung it is healed',
  async (t) => {
    const rack = rackOf();
    rack.say(0, 'mishap.begin', { node: 'root2', mishap: 'wire.cut', healsAfter_ms: 60_000 });
    rack.sim.passTo(20_000);
    t.equal(rack.stateOf('root2'), 'booting');
    t.equal(rack.say(59_999, 'node.cycle', { node: 'root2' }), null);
    rack.sim.passTo(120_000);
    t.equal(rack.stateOf('root2'), 'active');
    const changes = rack.entries.flatMap((entry) => (entry.entry === 'mishap' ? [[entry.change, entry.at]] : []));
    t.same(changes, [
      ['begins', 0],
      ['heals', 60_000],
    ]);
  },
);

void t.test('rack: into maintenance and back -> refused while the node is up, and free again at the end', async (t) => {
  const rack = rackOf();
  const ask = (at: number, verb: string, more: object = {}) => rack.say(at, `node.${verb}`, { node: 'root1', ...more });
  t.equal(ask(100_000, 'maintain', { reason: 'a fan' }), 'node.cannot');
  t.equal(ask(100_000, 'power', { want: 'off' }), null);
  t.equal(ask(110_000, 'maintain', { reason: 'a fan' }), null);
  t.equal(rack.stateOf('root1'), 'maintenance');
  t.equal(ask(111_000, 'power', { want: 'on' }), 'node.cannot');
  t.equal(ask(112_000, 'return'), null);
  rack.sim.passTo(120_000);
  t.equal(rack.stateOf('root1'), 'available');
  t.equal(ask(121_000, 'verify'), null);
  rack.sim.passTo(122_000);
  t.equal(rack.stateOf('root1'), 'available', 'verified, and free for anybody as before');
});

void t.test('rack: mishaps that a node can not have, or has already -> refused with why', async (t) => {
  const rack = rackOf();
  const ask = (does: string, node: string, mishap: string) => rack.say(1, `mishap.${does}`, { node, mishap });
  t.equal(ask('begin', 'root2', 'bmc.gone'), 'mishap.cannot');
  t.equal(ask('begin', 'mesh1', 'lun.refuse'), 'mishap.cannot');
  t.equal(ask('begin', 'nobody', 'dhcp.mute'), 'rack.noSuchNode');
  t.equal(ask('heal', 'root1', 'bmc.gone'), 'mishap.cannot');
  t.equal(ask('begin', 'root1', 'bmc.gone'), null);
  t.equal(ask('begin', 'root1', 'bmc.gone'), 'mishap.cannot');
  t.equal(ask('heal', 'root1', 'bmc.gone'), null);
});

void t.test('rack: killed anywhere, its last words not in the files -> consoles say everything once', async (t) => {
  const folder = t.testdir();
  const { entries } = played([
    { at: 90_000, topic: 'node.cycle', payload: { node: 'mesh1' } },
    { at: 95_000, topic: 'mishap.begin', payload: { node: 'root1', mishap: 'power.cut' } },
  ]);
  const all = consolesOf(join(folder, 'all'), entries);
  t.match(all['root1.log'], /^SeaBIOS [^]*METALRIG READY node=root1/);
  t.equal(all['mesh1.log']?.match(/METALRIG READY/g)?.length, 2);
  const torn = join(folder, 'torn');
  consolesOf(torn, entries.slice(0, 100));
  const file = join(torn, 'mesh1.log');
  writeFileSync(file, readFileSync(file, 'latin1').slice(0, -30), 'latin1');
  t.same(consolesOf(torn, entries), all);
});

/** What consoles have said by the end of a journal, by file. */
function consolesOf(folder: string, earlier: readonly Entry[]): Readonly<Record<string, string>> {
  const consoles = new SimConsoles(folder);
  const onConsole = (node: string, text: string): void => consoles.say(node, text);
  new LiveSim({ name: 'x', plan, seed: 5, earlier, append: () => true, onConsole });
  consoles.flush();
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}
