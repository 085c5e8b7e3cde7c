import fc from 'fast-check';
import t from 'tap';
import { machineId, type MachineId } from '../../core/ids.js';
import { fold } from '../../core/journal/fold.js';
import type { Plan } from '../../core/scenario/plan.js';
import { fleetDays, orderlyDays } from '../arbitraries/fleet-days.js';
import { entriesOf, STEPPERS, type Crash } from '../arbitraries/journaled.js';
import { playDay, wrong, type PlayedDay } from '../arbitraries/played-day.js';

const machinesOf = ({ nodes, scenario }: Plan): readonly MachineId[] => [
  ...nodes.flatMap(({ id }) => (['node', 'boot', 'deployment'] as const).map((kind) => machineId(kind, id))),
  ...[...scenario.images.keys()].flatMap((name) => [machineId('image', name), machineId('lunBranch', name)]),
];

function none(found: readonly string[]): void {
  if (found.length > 0) throw new Error(found.join('; '));
}

const RUNS = 60;

void t.test('fleet day: for every day, its seed writes the same journal again, byte for byte', async (t) => {
  fc.assert(
    fc.property(fleetDays, (day) => playDay(day).text === playDay(day).text),
    { numRuns: RUNS / 3 },
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
  afterEntries: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1_500 })),
  tornCharacters: fc.nat(20),
  downFor_ms: fc.oneof(fc.constant(0), fc.nat(300_000)),
});

void t.test('fleet day: for every day and crashes of the rig, it goes on, and ends as well', async (t) => {
  fc.assert(
    fc.property(fleetDays, fc.array(crashes, { minLength: 1, maxLength: 3 }), (day, list) => {
      const played = playDay(day, list);
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

/** Proofs of the same instant come in any order. */
function unordered(key: string, value: unknown): unknown {
  const nameOf = (proof: unknown) => JSON.stringify(proof, ['node', 'slot']);
  return key === 'proofs' && Array.isArray(value)
    ? value.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    : value;
}

/** Where everything stands in the end, without instants. */
function ends(played: PlayedDay): string {
  const { plan, rack, standing } = played;
  const machines = machinesOf(plan).map((id) => {
    const { state, context } = standing(id) ?? {};
    return `${id} ${state} ${JSON.stringify(context, unordered)}`.replaceAll(/("\w*[aA]t":)[0-9]+/g, '$1t');
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
