import fc from 'fast-check';
import t from 'tap';
import { machineId, type MachineId } from '../../core/ids.js';
import type { ImageContext } from '../../core/machines/image-context.js';
import { isProven } from '../../core/ports/wipe-proof.js';
import type { Plan } from '../../core/scenario/plan.js';
import { fold } from '../../core/journal/fold.js';
import type { SimRack } from '../../sim/rack.js';
import { dayPlan, fleetDays, orderlyDays, type FleetDay } from '../arbitraries/fleet-days.js';
import { entriesOf, playPlan, STEPPERS, type Crash, type Played } from '../arbitraries/journaled.js';

interface PlayedDay extends Played {
  readonly plan: Plan;
  readonly rack: SimRack;
}

/** A day of 20 steps has some thousands. */
const MOST_INSTANTS = 20_000;

function playDay(day: FleetDay, crashes: readonly Crash[] = []): PlayedDay {
  const plan = dayPlan(day);
  const racks: SimRack[] = [];
  let instants = 0;
  const watch = (rack: SimRack): void => {
    if (racks.length === 0) racks.push(rack);
    instants += 1;
    if (instants > MOST_INSTANTS) throw new Error('it goes on and on');
  };
  const played = playPlan({ plan, seed: day.seed, watch }, crashes);
  const [rack] = racks;
  if (rack === undefined) throw new Error('nothing moved');
  return { ...played, plan, rack };
}

const machinesOf = ({ nodes, scenario }: Plan): readonly MachineId[] => [
  ...nodes.flatMap(({ id }) => (['node', 'boot', 'deployment'] as const).map((kind) => machineId(kind, id))),
  ...[...scenario.images.keys()].flatMap((name) => [machineId('image', name), machineId('lunBranch', name)]),
];

/** What is not as it should be at the end of a day, in words. */
function wrong(played: PlayedDay): readonly string[] {
  const { how, text, rack } = played;
  return [
    ...(how === 'settled' ? [] : [`the run is ${how}`]),
    ...entriesOf(text).flatMap((entry) =>
      entry.entry === 'unexpected' ? [`${entry.machine} does not expect ${entry.event}, entry ${entry.seq}`] : [],
    ),
    ...rack.fleet.leaks,
    ...left(played),
    ...untrue(played),
  ];
}

const imageOf = ({ standing }: PlayedDay, name: string) => {
  const { state, context } = standing(machineId('image', name)) ?? {};
  return { state, context: context as ImageContext };
};

/** What there still is of images that are said to be on the shelf only. */
function left(played: PlayedDay): readonly string[] {
  const { plan, rack } = played;
  return [...plan.scenario.images.keys()].flatMap((name) => {
    const { state, context } = imageOf(played, name);
    if (state !== 'stored') return [];
    const unproven = context.nodes.filter(
      ({ node, slot }) =>
        !context.proofs.some((proof) => proof.node === node && proof.slot === slot && isProven(proof)),
    );
    const onLuns = rack.fleet.luns
      .read()
      .filter(({ active, staged, before }) => [active, staged, before].some((lun) => lun?.image === name));
    const onDisks = plan.nodes.filter(
      ({ id, slot }) => slot !== null && [...rack.fleet.disk(id).slots().values()].some(({ image }) => image === name),
    );
    return [
      ...unproven.map(({ node }) => `${name} is stored, and not proven off ${node}`),
      ...onLuns.map(({ node }) => `${name} is stored, and there is a LUN of it for ${node}`),
      ...onDisks.map(({ id }) => `${name} is stored, and on a slot of ${id}`),
    ];
  });
}

/** Images that are said to run where they do not. */
function untrue(played: PlayedDay): readonly string[] {
  const { plan, rack } = played;
  return [...plan.scenario.images.keys()].flatMap((name) => {
    const { state, context } = imageOf(played, name);
    if (state !== 'running') return [];
    const idle = context.nodes.filter(({ node, is }) => is === 'running' && rack.world.runs(node) !== name);
    return idle.map(({ node }) => `${name} is running, and ${node} runs ${rack.world.runs(node) ?? 'nothing'}`);
  });
}

function none(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('; '));
}

const RUNS = Number(process.env['FLEET_DAYS'] ?? 150);

void t.test('fleet day: for every day, its seed writes the same journal again, byte for byte', async (t) => {
  fc.assert(
    fc.property(fleetDays, (day) => playDay(day).text === playDay(day).text),
    { numRuns: Math.ceil(RUNS / 3) },
  );
  t.pass();
});

void t.test(
  'fleet day: for every day, it settles, nothing is unexpected, nothing leaks, what is said is so',
  async (t) => {
    fc.assert(
      fc.property(fleetDays, (day) => none(wrong(playDay(day)))),
      { numRuns: RUNS },
    );
    t.pass();
  },
);

const crashes: fc.Arbitrary<Crash> = fc.record({
  afterEntries: fc.integer({ min: 1, max: 600 }),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(300_000)),
});

void t.test('fleet day: for every day and crash of the rig, it goes on, and ends as well', async (t) => {
  fc.assert(
    fc.property(fleetDays, crashes, (day, crash) => {
      const played = playDay(day, [crash]);
      const { divergences, undelivered } = fold(entriesOf(played.text), STEPPERS);
      none([
        ...wrong(played),
        ...divergences.map(({ entry, expected, recorded }) => `entry ${entry} is ${recorded} and not ${expected}`),
        ...undelivered.map(({ from, to }) => `${from} told ${to} in vain`),
      ]);
    }),
    { numRuns: RUNS },
  );
  t.pass();
});

/** Where everything stands in the end, without instants. */
function ends(played: PlayedDay): string {
  const { plan, rack, standing } = played;
  const machines = machinesOf(plan).map((id) => {
    const { state, context } = standing(id) ?? {};
    return `${id} ${state} ${JSON.stringify(context)}`.replaceAll(/("\w*[aA]t":)[0-9]+/g, '$1t');
  });
  const disks = plan.nodes.flatMap(({ id, slot }) =>
    slot === null ? [] : [JSON.stringify([id, ...rack.fleet.disk(id).slots()])],
  );
  return [...machines, ...disks, JSON.stringify(rack.fleet.luns.read())].join('\n');
}

void t.test('fleet day: for every orderly day and crash, all ends as it would have without', async (t) => {
  fc.assert(
    fc.property(orderlyDays, crashes, (day, crash) => {
      const [whole, broken] = [ends(playDay(day)), ends(playDay(day, [{ ...crash, downFor_ms: 0 }]))];
      if (whole === broken) return;
      const lines = whole.split('\n');
      const parted = broken.split('\n').filter((line, index) => line !== lines[index]);
      const due = lines.filter((line, index) => line !== broken.split('\n')[index]);
      throw new Error(`${parted.join('\n')}\ninstead of\n${due.join('\n')}`);
    }),
    { numRuns: RUNS },
  );
  t.pass();
});
