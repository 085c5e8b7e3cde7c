import fc from 'fast-check';
import t from 'tap';
import type { Entry } from '../../../core/journal/entry.js';
import { fold } from '../../../core/journal/fold.js';
import { FarStory, NODES } from './story.js';
import { numberOf, STEPPERS } from './worker.js';

type Deed =
  | { readonly do: 'time passes'; readonly steps: number }
  | { readonly do: 'engine crashes' | 'hands crash'; readonly lost: number; readonly steps: number }
  | { readonly do: 'hurry'; readonly node: string };

const share = fc.constantFrom(0, 0.5, 1);
const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('time passes' as const), steps: fc.nat({ max: 60 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('engine crashes' as const, 'hands crash' as const),
        lost: share,
        steps: fc.nat({ max: 30 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hurry' as const), node: fc.constantFrom(...NODES) }) },
  ),
  { maxLength: 25 },
);
const wires = fc.record({
  lost_percent: fc.constantFrom(0, 5, 30),
  doubled_percent: fc.constantFrom(0, 20),
  late_ms: fc.constantFrom(1, 50, 400),
});

/** Until nothing is left to be done without time going by. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(story: FarStory, steps: number): Promise<void> {
  for (let step = 0; step < steps && !story.isOver; step += 1) {
    story.clock.step();
    await settled();
  }
}

async function tell(story: FarStory, deed: Deed): Promise<void> {
  switch (deed.do) {
    case 'time passes':
      return pass(story, deed.steps);
    case 'hurry':
      return story.hurry(deed.node);
    case 'engine crashes':
      story.crashEngine(deed.lost);
      await pass(story, deed.steps);
      return story.startEngine();
    case 'hands crash':
      story.crashHands(deed.lost);
      await pass(story, deed.steps);
      return story.startHands();
  }
}

/** How many outcomes each effect has that was asked, and not let go. */
function outcomesIn(entries: readonly Entry[]): ReadonlyMap<number, number> {
  const outcomes = new Map<number, number>();
  const live = new Map<string, number>();
  for (const entry of entries) {
    if (entry.entry === 'effect.asked') {
      outcomes.set(entry.ask, 0);
      live.set(entry.machine, entry.ask);
    } else if (entry.entry === 'effect.done' || entry.entry === 'effect.failed') {
      outcomes.set(entry.ask, (outcomes.get(entry.ask) ?? 0) + 1);
      live.delete(entry.machine);
    } else if (entry.entry === 'told') {
      outcomes.delete(live.get(entry.machine) ?? 0);
      live.delete(entry.machine);
    }
  }
  return outcomes;
}

function isPerformed(story: FarStory, entry: Entry): boolean {
  if (entry.entry !== 'effect.done') return true;
  const asked = story.journal.lines.find((one) => one.entry === 'effect.asked' && one.ask === entry.ask);
  if (asked?.entry !== 'effect.asked' || !('node' in asked.input)) return false;
  return story.begun.includes(`${asked.input.node} ${numberOf(asked.input)}`);
}

const told = fc.tuple(fc.integer(), wires, deeds);

void t.test(
  'far hands: for every wire and every crash of either side, each effect has one outcome, and is not begun after it',
  { timeout: 60_000 },
  async (t) => {
    await fc.assert(
      fc.asyncProperty(told, async ([seed, wire, list]) => {
        const story = new FarStory(seed);
        story.wire = wire;
        for (const deed of list) await tell(story, deed);
        story.wire = { lost_percent: 0, doubled_percent: 0, late_ms: 1 };
        await pass(story, 60_000);
        const entries = story.journal.lines;
        if (!story.isOver) throw new Error('not over');
        if (story.again.length > 0) throw new Error(`begun again: ${story.again.join(', ')}`);
        const { divergences } = fold(entries, STEPPERS);
        if (divergences.length > 0) throw new Error(JSON.stringify(divergences));
        const wrong = [...outcomesIn(entries)].filter(([, count]) => count !== 1);
        if (wrong.length > 0) throw new Error(`outcomes: ${JSON.stringify(wrong)}`);
        if (!entries.every((entry) => isPerformed(story, entry))) throw new Error('done and never begun');
      }),
      { numRuns: 60 },
    );
    t.pass();
  },
);
