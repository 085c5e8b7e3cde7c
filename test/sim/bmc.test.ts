import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { machineId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import { makeReport } from '../../core/report/report.js';
import { BMC_MISHAP_KINDS } from '../../core/scenario/bmc-mishaps.js';
import { parseScenario } from '../../core/scenario/parse.js';
import { planOf, type Plan } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import type { Site } from '../../core/site/site.js';
import { entriesOf, JournalText, playPlan, STEPPERS, type Crash } from '../arbitraries/journaled.js';
import { runSim } from '../../sim/run.js';

const SCENARIOS = fileURLToPath(new URL('../../../scenarios/', import.meta.url));
const siteOf = (file: string): Site => parseSite(readFileSync(file, 'utf8'), file);
const SITE = siteOf(join(SCENARIOS, 'sites', 'hands.site.yaml'));

const plans = readdirSync(SCENARIOS)
  .filter((name) => name.endsWith('.scenario.yaml'))
  .map((name) => {
    const file = join(SCENARIOS, name);
    const text = readFileSync(file, 'utf8');
    return planOf(text, file, siteOf(join(SCENARIOS, parseScenario(text, file).site)));
  })
  .filter(({ nodes }) => nodes.some(({ power }) => power !== 'direct'));

for (const plan of plans) {
  void t.test(
    `bmc: ${plan.scenario.name}, simulated -> as the scenario expects, with nothing unexpected`,
    async (t) => {
      const journal = new JournalText();
      const { how, standing, virtual_ms } = runSim({ plan, seed: 1, append: journal.append, steppers: STEPPERS });
      t.equal(how, 'settled');
      const facts = {
        world: 'sim',
        seed: 1,
        startedAt: null,
        virtual_ms,
        wall_ms: 0,
        sendings: [],
        faults: [],
        token: '',
      };
      const report = makeReport({ plan, standing, ...facts });
      t.strictSame(
        report.faults.filter(({ code }) => code === 'RUN-002'),
        [],
      );
      t.strictSame(
        entriesOf(journal.text).filter(({ entry }) => entry === 'unexpected'),
        [],
      );
    },
  );
}

/** A day of one node with a BMC, in the words of the scenario file. */
const step = fc.oneof(
  fc.record({
    do: fc.constant('boot'),
    device: fc.constantFrom('network', 'disk', 'usb'),
    lasts: fc.constantFrom('once', 'always'),
  }),
  fc.record({
    do: fc.constantFrom('power-cycle', 'power-off', 'verify'),
    when: fc.nat(120).map((at) => ({ at: `${at}s` })),
  }),
  fc.record({ do: fc.constant('maintain'), reason: fc.constant('a broken fan') }),
);
const mishap = fc.record(
  {
    mishap: fc.constantFrom(...BMC_MISHAP_KINDS),
    node: fc.constant('mesh1'),
    when: fc.nat(60).map((at) => ({ at: `${at}s` })),
    heals: fc.integer({ min: 1, max: 60 }).map((after) => ({ after: `${after}s` })),
  },
  { requiredKeys: ['mishap', 'node'] },
);
function dayOf(facts: { readonly steps: readonly object[]; readonly mishaps: readonly object[] }): Plan {
  const expect = { all: { outcome: 'up' } };
  const file = { version: 1, name: 'day', description: 'd', site: 's', nodes: ['mesh1'], ...facts, expect };
  return planOf(JSON.stringify(file), 'day.scenario.yaml', SITE);
}
const days: fc.Arbitrary<Plan> = fc
  .record({ steps: fc.array(step, { maxLength: 6 }), mishaps: fc.array(mishap, { maxLength: 3 }) })
  .map(dayOf);

const crashes: fc.Arbitrary<Crash> = fc.record({
  afterEntries: fc.integer({ min: 1, max: 60 }),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(60_000)),
});

const NODE = machineId('node', 'mesh1');
const RESTING = ['enrolled', 'manageable', 'available', 'active', 'deployFailed', 'maintenance'];

void t.test('bmc: for every day of a node whose BMC goes wrong, and crashes, it ends at rest and folds', async (t) => {
  fc.assert(
    fc.property(days, fc.array(crashes, { maxLength: 2 }), (plan, list) => {
      const played = playPlan({ plan, seed: 3 }, list);
      const state = played.standing(NODE)?.state ?? 'nowhere';
      if (played.how !== 'settled' || !RESTING.includes(state)) throw new Error(`${played.how} with ${state}`);
      const entries = entriesOf(played.text);
      const { machines, divergences } = fold(entries, STEPPERS);
      if (divergences.length > 0) throw new Error(JSON.stringify(divergences));
      if (machines.get(NODE)?.standing?.state !== state) throw new Error('it folds to another state');
      const astray = entries.filter(({ entry }) => entry === 'unexpected');
      if (astray.length > 0) throw new Error(JSON.stringify(astray));
    }),
    { numRuns: 300 },
  );
  t.pass();
});

void t.test('bmc: a node that could not be switched off is given out anew -> it is, before it boots', async (t) => {
  const boot = { do: 'boot', device: 'network', lasts: 'once' };
  const cycled = { do: 'power-cycle', when: { at: '0s' } };
  const verified = { do: 'verify', when: { at: '13s' } };
  const refused = { mishap: 'bmc.wrong-password', node: 'mesh1', when: { at: '1s' }, heals: { after: '12s' } };
  const plan = dayOf({ steps: [boot, cycled, verified, boot], mishaps: [refused] });
  const played = playPlan({ plan, seed: 3 }, []);
  t.equal(played.how, 'settled');
  t.equal(played.standing(NODE)?.state, 'active');
  const asked = entriesOf(played.text).flatMap((entry) => (entry.entry === 'effect.asked' ? [entry.input] : []));
  const wanted = asked.flatMap((input) => ('want' in input ? [input.want] : []));
  t.strictSame(wanted, ['on', 'off', 'off', 'on']);
});
