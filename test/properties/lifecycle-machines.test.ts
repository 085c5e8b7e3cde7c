import fc from 'fast-check';
import t from 'tap';
import type { MachineEvent, Standing, Step, Stepper } from '../../core/engine/step.js';
import { graphOf, type MachineGraph } from '../../core/graph/model.js';
import { nodeId } from '../../core/ids.js';
import type { ImageContext } from '../../core/machines/image-context.js';
import { compiledSteppers, MACHINES, referenceSteppers } from '../../core/machines/steppers.js';
import { IMAGE_STATES } from '../../core/scenario/lifecycle.js';
import { LIFECYCLE_KINDS, type LifecycleKind } from '../arbitraries/effect-names.js';
import { lifecycleEvents } from '../arbitraries/requests.js';

const COMPILED = compiledSteppers();
const REFERENCE = referenceSteppers();
const INPUTS: Readonly<Record<LifecycleKind, readonly unknown[]>> = {
  image: [['lun'], ['slot'], ['lun', 'slot']].map((media) => ({ image: 'robots', project: 'roof-lab', media })),
  lunBranch: [{ image: 'robots' }],
  deployment: [
    { node: nodeId('mesh1'), medium: 'slot', slots: [{ slot: 1, image: 'lucid' }] },
    { node: nodeId('root1'), medium: 'lun' },
  ],
};

function steps(stepper: Stepper, input: unknown, sequence: readonly MachineEvent[]): readonly Step[] {
  const passed = [stepper.start(input)];
  for (const event of sequence) {
    const standing: Standing = passed.at(-1)?.standing ?? { state: '', context: {} };
    passed.push(stepper.step(standing, event));
  }
  return passed;
}

for (const kind of LIFECYCLE_KINDS) {
  void t.test(`${kind} machine: for every sequence of events, its table steps it as xstate does`, async (t) => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INPUTS[kind]),
        fc.array(lifecycleEvents(kind), { maxLength: 40 }),
        (input, sequence) => {
          const ours = steps(COMPILED[kind], input, sequence);
          const theirs = steps(REFERENCE[kind], input, sequence);
          const parted = ours.findIndex((step, index) => JSON.stringify(step) !== JSON.stringify(theirs[index]));
          if (parted === -1) return;
          throw new Error(`step ${parted}: ${JSON.stringify(ours[parted])} and not ${JSON.stringify(theirs[parted])}`);
        },
      ),
      { numRuns: 200 },
    );
    t.pass();
  });
}

function reached({ edges }: MachineGraph, from: string): ReadonlySet<string> {
  const seen = new Set([from]);
  for (const state of seen) for (const edge of edges) if (edge.from === state) seen.add(edge.to);
  return seen;
}

/** Where each comes back to whatever happens: the shelf, no LUN, nothing asked. */
const HOMES: Readonly<Record<LifecycleKind, string>> = { image: 'stored', lunBranch: 'idle', deployment: 'idle' };

for (const kind of LIFECYCLE_KINDS) {
  void t.test(
    `${kind} machine: for every state, it is reachable, leads home, is described and has its meta`,
    async (t) => {
      const graph = graphOf(MACHINES[kind]);
      const reachable = reached(graph, graph.initial);
      for (const { path, description, meta, tags } of graph.states) {
        t.ok(reachable.has(path), `${path} is reachable`);
        t.ok(reached(graph, path).has(HOMES[kind]), `${path} leads home`);
        t.match(description, /^[A-Z].*\.$/, `${path} is described in a sentence`);
        t.ok(tags.includes('stable') || meta.check !== undefined, `${path} says what to check`);
        t.equal(tags.includes('stable'), meta.tone !== 'busy', `${path}: what rests is stable`);
      }
    },
  );
}

void t.test('image machine: its states -> those that a scenario can name', async (t) => {
  t.same(
    graphOf(MACHINES.image)
      .states.map(({ path }) => path)
      .sort(),
    [...IMAGE_STATES].sort(),
  );
});

void t.test('image machine: for every sequence of events, it runs only while all its nodes run it', async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...INPUTS.image),
      fc.array(lifecycleEvents('image'), { maxLength: 60 }),
      (input, sequence) => {
        for (const { standing } of steps(COMPILED.image, input, sequence)) {
          if (standing.state !== 'running') continue;
          const nodes = (standing.context as ImageContext).nodes.filter(({ is }) => is !== 'leftOut');
          if (nodes.length === 0 || nodes.some(({ is }) => is !== 'running')) throw new Error(JSON.stringify(nodes));
        }
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
