import fc from 'fast-check';
import t from 'tap';
import { machineId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import {
  entriesOf,
  machinesOf,
  play,
  playOut,
  playWithCrash,
  standings,
  STEPPERS,
  type Crash,
  type Played,
} from '../arbitraries/journaled.js';
import { calmStories, name, stories, type Story } from '../arbitraries/stories.js';

const SETTLED = ['active', 'deployFailed'];
const RESTING = ['off', 'up', 'failed'];

/** What is not as it should be at the end of a run, in words. */
function unsettled(story: Story, { how, standing }: Played): readonly string[] {
  const astray = machinesOf(story).flatMap((id) => {
    const state = standing(id)?.state ?? 'nowhere';
    return (id.startsWith('node:') ? SETTLED : RESTING).includes(state) ? [] : [`${id} is ${state}`];
  });
  return how === 'settled' ? astray : [`the run is ${how}`, ...astray];
}

/** Where the journal and the run that wrote it differ, in words. */
function unfolded(story: Story, { text, standing }: Played): readonly string[] {
  const { machines, divergences, undelivered } = fold(entriesOf(text), STEPPERS);
  const folded = standings(story, (id) => machines.get(id)?.standing);
  const live = standings(story, standing);
  const astray = machinesOf(story).filter((id) => JSON.stringify(folded[id]) !== JSON.stringify(live[id]));
  return [
    ...divergences.map(({ entry, expected, recorded }) => `entry ${entry} is ${recorded} instead of ${expected}`),
    ...astray.map((id) => `${id} folds to another standing`),
    ...[...machines.values()].flatMap(({ id, due }) => (due.length > 0 ? [`${id} has something due`] : [])),
    ...undelivered.map(({ from, to }) => `${from} told ${to} in vain`),
  ];
}

/** What happened to a machine more than once that may happen once only. */
function doubled({ text }: Played): readonly string[] {
  const names = entriesOf(text).flatMap((entry) => {
    if (entry.entry === 'started') return [`${entry.machine} started`];
    if (entry.entry === 'told' && entry.from === 'scenario') return [`${entry.machine} deployed`];
    if (entry.entry === 'effect.asked') return [`asked ${entry.ask}`];
    if (entry.entry === 'effect.done' || entry.entry === 'effect.failed') return [`answered ${entry.ask}`];
    return [];
  });
  return names.filter((what, index) => names.indexOf(what) !== index);
}

function none(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('; '));
}

void t.test('run: for every story, its seed writes the same journal again, byte for byte', async (t) => {
  fc.assert(fc.property(stories, (story) => play(story).text === play(story).text));
  t.pass();
});

void t.test('run: for two seeds -> other journals', async (t) => {
  fc.assert(
    fc.property(calmStories, (story) => play(story).text !== play({ ...story, seed: story.seed + 1 }).text),
    { numRuns: 20 },
  );
  t.pass();
});

void t.test('run: for every story, it ends, and every machine ends in a stable state', async (t) => {
  fc.assert(
    fc.property(stories, (story) => none(unsettled(story, playOut(story)))),
    { numRuns: 300 },
  );
  t.pass();
});

void t.test('run: for every story, its journal folds to the live standings, without a divergence', async (t) => {
  fc.assert(fc.property(stories, (story) => none(unfolded(story, play(story)))));
  t.pass();
});

void t.test(
  'run: for every story without a mishap, nothing is unexpected and all come up, each stage seen',
  async (t) => {
    fc.assert(
      fc.property(calmStories, (story) => {
        const played = play(story);
        const states = Array.from({ length: story.nodes }, (_, index) => {
          return played.standing(machineId('node', name(index)))?.state;
        });
        none(states.flatMap((state) => (state === 'active' ? [] : [`a node is ${state}`])));
        const entries = entriesOf(played.text);
        none(entries.flatMap(({ entry }) => (entry === 'unexpected' || entry === 'effect.failed' ? [entry] : [])));
        return !played.text.includes('"evidence":null');
      }),
    );
    t.pass();
  },
);

const crashes: fc.Arbitrary<Crash> = fc.record({
  afterEntries: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 600 })),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(300_000)),
});

void t.test('run: for every story and crash of the rig, it goes on from its journal, and ends as stable', async (t) => {
  fc.assert(
    fc.property(stories, crashes, (story, crash) => {
      const played = playWithCrash(story, crash);
      none([...unsettled(story, played), ...unfolded(story, played), ...doubled(played)]);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

void t.test('run: for every crash of a run without mishaps, all still come up with each stage seen once', async (t) => {
  fc.assert(
    fc.property(calmStories, crashes, (story, crash) => {
      const played = playWithCrash(story, { ...crash, downFor_ms: Math.min(crash.downFor_ms, 4_000) });
      const whole = play(story);
      const stagesOf = ({ standing }: Played) =>
        machinesOf(story).map((id) => {
          const { state, context } = standing(id) ?? { state: 'nowhere', context: {} };
          return `${id} ${state} ${JSON.stringify(context).replaceAll(/("\w*[aA]t":)[0-9]+/g, '$1t')}`;
        });
      return stagesOf(played).join('\n') === stagesOf(whole).join('\n');
    }),
  );
  t.pass();
});
