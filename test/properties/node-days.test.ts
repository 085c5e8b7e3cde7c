import fc from 'fast-check';
import t from 'tap';
import { machineId, nodeId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import { restingStates } from '../../core/run/rest.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import type { SimRack } from '../../sim/rack.js';
import { entriesOf, playPlan, STEPPERS, type Crash, type Played } from '../arbitraries/journaled.js';
import { nodeDayPlan, nodeDays, type NodeDay } from '../arbitraries/node-days.js';

const RESTING = restingStates('node');
/** After these a node need not be as its machine has it: its power goes unseen, or its BMC lies about it. */
const DECEPTIVE: readonly MishapKind[] = [
  'power.cut',
  'bmc.stale-power',
  'bmc.power-on-ignored',
  'bmc.cycle-stays-off',
];
/** A day has some hundreds. */
const MOST_INSTANTS = 20_000;

interface PlayedNodes extends Played {
  readonly rack: SimRack | null;
}

function playDay(day: NodeDay, crashes: readonly Crash[] = []): PlayedNodes {
  const racks: SimRack[] = [];
  let instants = 0;
  const watch = (rack: SimRack): void => {
    if (racks.length === 0) racks.push(rack);
    instants += 1;
    if (instants > MOST_INSTANTS) throw new Error('it goes on and on');
  };
  return { ...playPlan({ plan: nodeDayPlan(day), seed: day.seed, watch }, crashes), rack: racks[0] ?? null };
}

/** What is not as it should be at the end of a day, in words. */
function wrong({ nodes, mishaps }: NodeDay, { how, text, standing, rack }: PlayedNodes): readonly string[] {
  const entries = entriesOf(text);
  const { machines, divergences, undelivered } = fold(entries, STEPPERS);
  return [
    ...(how === 'settled' ? [] : [`the run is ${how}`]),
    ...entries.flatMap((entry) => (entry.entry === 'unexpected' ? [`unexpected: ${entry.event}`] : [])),
    ...divergences.map(({ entry, expected, recorded }) => `entry ${entry} is ${recorded} and not ${expected}`),
    ...undelivered.map(({ from, to }) => `${from} told ${to} in vain`),
    ...nodes.flatMap((name) => {
      const [node, boot] = [machineId('node', name), machineId('boot', name)];
      const state = standing(node)?.state ?? 'nowhere';
      const astray = [node, boot].filter((id) => {
        return JSON.stringify(machines.get(id)?.standing) !== JSON.stringify(standing(id));
      });
      const isSure = !mishaps.some(({ mishap, node: of }) => of === name && DECEPTIVE.includes(mishap));
      const isIdle = isSure && state === 'active' && rack?.world.runs(nodeId(name)) === null;
      return [
        ...(RESTING.has(state) ? [] : [`${name} is ${state}`]),
        ...astray.map((id) => `${id} folds to another standing`),
        ...(isIdle ? [`${name} is active, and nothing runs there`] : []),
      ];
    }),
  ];
}

const crashes: fc.Arbitrary<Crash> = fc.record({
  afterEntries: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 400 })),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(100_000)),
});

void t.test('node day: for every day and crashes of the rig, all come to rest, as the journal has it', async (t) => {
  fc.assert(
    fc.property(nodeDays, fc.array(crashes, { maxLength: 3 }), (day, list) => {
      const found = wrong(day, playDay(day, list));
      if (found.length > 0) throw new Error(found.join('; '));
    }),
    { numRuns: 150 },
  );
  t.pass();
});

void t.test('node day: for every day, its seed writes the same journal again, byte for byte', async (t) => {
  fc.assert(
    fc.property(nodeDays, (day) => playDay(day).text === playDay(day).text),
    { numRuns: 30 },
  );
  t.pass();
});
