import fc from 'fast-check';
import t from 'tap';
import { machineId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import type { Mishap } from '../../core/scenario/scenario.js';
import {
  entriesOf,
  machinesOf,
  play,
  playOut,
  playWithCrashes,
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

/** Mishaps that the scenario has and the run has not, or has more often. */
function misplayed({ mishaps }: Story, { text, overAt }: Played): readonly string[] {
  const entries = entriesOf(text);
  const count = (mishap: Mishap, change: 'begins' | 'heals') =>
    entries.filter((entry) => {
      return entry.entry === 'mishap' && entry.node === mishap.node && entry.mishap === mishap.mishap
        ? entry.change === change
        : false;
    }).length;
  const isDue = ({ when, node }: Mishap) => {
    if (when === null) return true;
    if (when.kind === 'at') return when.at_ms < overAt;
    // Nothing is written to slots in these stories.
    if (when.kind === 'writes') return false;
    return entries.some((entry) => {
      const isIt = entry.entry === 'entered' && entry.machine === machineId('boot', node) && entry.state === when.stage;
      return isIt && entry.at < overAt;
    });
  };
  return mishaps.flatMap((mishap) => {
    const alike = mishaps.filter((other) => other.node === mishap.node && other.mishap === mishap.mishap);
    const begun = count(mishap, 'begins');
    const told = `${mishap.mishap} of ${mishap.node} began ${begun} times of ${alike.length}`;
    return begun < alike.filter(isDue).length || begun > alike.length || count(mishap, 'heals') > begun ? [told] : [];
  });
}

/** Effects that were given up before or after their deadline, or done after it. The rig's return may be later still. */
function untimely({ text }: Played): readonly string[] {
  const deadlines = new Map<number, number>();
  let resumedAt = 0;
  return entriesOf(text).flatMap((entry) => {
    if (entry.entry === 'resumed') resumedAt = entry.at;
    if (entry.entry === 'effect.asked') {
      deadlines.set(entry.ask, Math.max(entry.at, entry.input.deadlineAt ?? Number.POSITIVE_INFINITY));
    }
    if (entry.entry !== 'effect.failed' && entry.entry !== 'effect.done') return [];
    const dueAt = Math.max(resumedAt, deadlines.get(entry.ask) ?? 0);
    const isTimely = entry.entry === 'effect.done' ? entry.at <= dueAt : entry.at === dueAt;
    return isTimely ? [] : [`${entry.entry} of ${entry.effect} at ${entry.at}, due at ${dueAt}`];
  });
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

void t.test('run: for every story and crashes of the rig, it goes on from its journal, and ends stable', async (t) => {
  fc.assert(
    fc.property(stories, fc.array(crashes, { minLength: 1, maxLength: 3 }), (story, list) => {
      const played = playWithCrashes(story, list);
      none([...unsettled(story, played), ...unfolded(story, played)]);
      none([...doubled(played), ...misplayed(story, played), ...untimely(played)]);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

void t.test('run: for every crash of a run without mishaps, all still come up with each stage seen once', async (t) => {
  fc.assert(
    fc.property(calmStories, crashes, (story, crash) => {
      const played = playWithCrashes(story, [{ ...crash, downFor_ms: Math.min(crash.downFor_ms, 4_000) }]);
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
