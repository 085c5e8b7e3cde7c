import fc from 'fast-check';
import t from 'tap';
import { machineId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import type { DeploymentContext } from '../../core/machines/deployment-context.js';
import type { ImageContext } from '../../core/machines/image-context.js';
import { restingStates } from '../../core/run/rest.js';
import type { SimRack } from '../../sim/rack.js';
import type { SimOutcome } from '../../sim/run.js';
import { calmFleetStories, fleetPlan, fleetStories, type FleetStory } from '../arbitraries/fleets.js';
import { entriesOf, playPlan, STEPPERS, type Crash, type Played } from '../arbitraries/journaled.js';

type Standing = SimOutcome['standing'];

function playing(story: FleetStory, crashes: readonly Crash[] = []): Played {
  const plan = fleetPlan(story);
  const watch = (rack: SimRack, standing: Standing): void => none(wrongs(story, rack, standing));
  return playPlan({ plan, seed: story.seed, watch }, crashes);
}

function none(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('; '));
}

/** What may not be at any instant, in words. */
function wrongs(story: FleetStory, rack: SimRack, standing: Standing): readonly string[] {
  const astray = story.images.flatMap(({ name }) => {
    const image = standing(machineId('image', name));
    if (image?.state !== 'running') return [];
    const nodes = (image.context as ImageContext).nodes.filter(({ is }) => is !== 'leftOut');
    return nodes.flatMap(({ node }) => {
      const runs = rack.world.runs(node);
      return runs === name ? [] : [`${name} is running, and ${node} runs ${runs}`];
    });
  });
  return [...astray, ...rack.fleet.leaks];
}

const KINDS = ['image', 'lunBranch', 'deployment'] as const;

function machinesOf(story: FleetStory) {
  const plan = fleetPlan(story);
  return [
    ...plan.nodes.flatMap(({ id }) => [machineId('deployment', id), machineId('node', id), machineId('boot', id)]),
    ...story.images.flatMap(({ name, media }) =>
      media.includes('lun') ? [machineId('image', name), machineId('lunBranch', name)] : [machineId('image', name)],
    ),
  ];
}

/** What is under way for ever, and what has no name, in words. A policy that waits may wait to the run's end. */
function unsettled(story: FleetStory, { how, standing }: Played): readonly string[] {
  if (how !== 'settled') return [`the run is ${how}`];
  return machinesOf(story).flatMap((id) => {
    const kind = KINDS.find((candidate) => id.startsWith(`${candidate}:`));
    const state = standing(id)?.state ?? 'nowhere';
    return kind === undefined || restingStates(kind).has(state) ? [] : [`${id} is ${state}`];
  });
}

function unfolded(story: FleetStory, { text, standing }: Played): readonly string[] {
  const { machines, divergences, undelivered } = fold(entriesOf(text), STEPPERS);
  const astray = machinesOf(story).filter((id) => {
    return JSON.stringify(machines.get(id)?.standing) !== JSON.stringify(standing(id));
  });
  return [
    ...divergences.map(({ entry, expected, recorded }) => `entry ${entry} is ${recorded} instead of ${expected}`),
    ...astray.map((id) => `${id} folds to another standing`),
    ...undelivered.map(({ from, to }) => `${from} told ${to} in vain`),
  ];
}

/** Every step that was taken is in the journal once, in order. */
function stepsTaken({ text }: Played): readonly string[] {
  return entriesOf(text).flatMap((entry) =>
    entry.entry === 'told' && entry.from === 'scenario' ? [`${entry.machine} ${entry.event.type}`] : [],
  );
}

void t.test('fleet: for every day, its seed writes the same journal again, byte for byte', async (t) => {
  fc.assert(fc.property(fleetStories, (story) => playing(story).text === playing(story).text), { numRuns: 50 });
  t.pass();
});

void t.test('fleet: for every day, no image runs unless all its nodes run it, no slot is handed on unwiped', async (t) => {
  fc.assert(
    fc.property(fleetStories, (story) => {
      const played = playing(story);
      none([...unsettled(story, played), ...unfolded(story, played)]);
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('fleet: for every day without a mishap, nothing is unexpected, and all that was deployed gets there', async (t) => {
  fc.assert(
    fc.property(calmFleetStories, (story) => {
      const played = playing(story);
      none(unsettled(story, played));
      const entries = entriesOf(played.text);
      none(entries.flatMap((entry) => (entry.entry === 'unexpected' ? [`${entry.machine} ${entry.event}`] : [])));
      none(entries.flatMap((entry) => (entry.entry === 'effect.failed' ? [entry.effect] : [])));
      const states = story.images.map(({ name }) => played.standing(machineId('image', name))?.state ?? 'nowhere');
      none(states.filter((state) => !['stored', 'ready.all', 'running'].includes(state)));
    }),
    { numRuns: 100 },
  );
  t.pass();
});

const crashes: fc.Arbitrary<Crash> = fc.record({
  afterEntries: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 600 })),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(120_000)),
});

void t.test('fleet: for every day and crashes of the rig, it goes on from its journal, and comes to rest', async (t) => {
  fc.assert(
    fc.property(fleetStories, fc.array(crashes, { minLength: 1, maxLength: 3 }), (story, list) => {
      const played = playing(story, list);
      none([...unsettled(story, played), ...unfolded(story, played)]);
    }),
    { numRuns: 200 },
  );
  t.pass();
});

void t.test('fleet: for every crash of a day without mishaps, the end is the same', async (t) => {
  fc.assert(
    fc.property(calmFleetStories, crashes, (story, crash) => {
      const [whole, broken] = [playing(story), playing(story, [crash])];
      none(stepsTaken(whole).filter((step, index) => stepsTaken(broken)[index] !== step));
      const ends = (played: Played): string => JSON.stringify(endOf(story, played));
      if (ends(whole) !== ends(broken)) throw new Error(`${ends(broken)} and not ${ends(whole)}`);
    }),
    { numRuns: 100 },
  );
  t.pass();
});

/** Where images and slots end, without the times. */
function endOf(story: FleetStory, { standing }: Played) {
  const images = story.images.map(({ name }) => {
    const { state, context } = standing(machineId('image', name)) ?? { state: 'nowhere', context: {} };
    return { name, state, nodes: (context as ImageContext).nodes };
  });
  const nodes = fleetPlan(story).nodes.map(({ id }) => {
    const { state, context } = standing(machineId('deployment', id)) ?? { state: 'nowhere', context: {} };
    const { slots, runs } = context as DeploymentContext;
    return { id, state, runs, slots: [...slots].sort((a, b) => a.slot - b.slot) };
  });
  return { images, nodes };
}
