import fc from 'fast-check';
import t from 'tap';
import { createActor, fromPromise, waitFor, type AnyStateMachine } from 'xstate';
import type { EffectInput, Outcome } from '../../core/effects/catalog.js';
import type { Standing, Step, Stepper } from '../../core/engine/step.js';
import { readMachine } from '../../core/engine/table.js';
import { CHAINS, STAGES, type Observation, type Stage } from '../../core/evidence.js';
import { graphOf, type MachineGraph } from '../../core/graph/model.js';
import type { PassedStage } from '../../core/machines/boot-chain.js';
import { STAGE_DEADLINES_MS, type BootContext } from '../../core/machines/boot-context.js';
import { compiledSteppers, MACHINES, referenceSteppers, type MachineKind } from '../../core/machines/steppers.js';
import { eventOf, happenings, NODE, RESERVATION, type Happening } from '../arbitraries/happenings.js';

const KINDS = ['node', 'boot', 'reservation'] as const satisfies readonly MachineKind[];
const COMPILED = compiledSteppers();
const REFERENCE = referenceSteppers();
const CLAIM = { reservation: RESERVATION, project: 'p', nodes: [NODE], slotted: [], image: null, from: 7, to: 90 };
const INPUTS = {
  node: { node: NODE },
  boot: { node: NODE, deadlines_ms: {} },
  reservation: { ...CLAIM, at: 0, zone: 'UTC', event: null, sequence: 0 },
};

/** Everything a stepper says of a sequence, event by event. */
function told(stepper: Stepper, input: unknown, sequence: readonly Happening[]): readonly Step[] {
  const steps = [stepper.start(input)];
  sequence.forEach((happening, index) => {
    const standing: Standing = steps.at(-1)?.standing ?? { state: '', context: {} };
    steps.push(stepper.step(standing, eventOf(happening, index + 1, 1_000 * (index + 1))));
  });
  return steps;
}

for (const kind of KINDS) {
  void t.test(`${kind} machine: for every sequence of events, its table steps it as xstate does`, async (t) => {
    fc.assert(
      fc.property(fc.array(happenings, { maxLength: 40 }), (sequence) => {
        const ours = told(COMPILED[kind], INPUTS[kind], sequence);
        const theirs = told(REFERENCE[kind], INPUTS[kind], sequence);
        const parted = ours.findIndex((step, index) => JSON.stringify(step) !== JSON.stringify(theirs[index]));
        if (parted === -1) return;
        throw new Error(`step ${parted}: ${JSON.stringify(ours[parted])} and not ${JSON.stringify(theirs[parted])}`);
      }),
      { numRuns: 300 },
    );
    t.pass();
  });
}

/** States that a walk over all edges reaches. */
function reached({ initial, edges }: MachineGraph, from: string = initial): ReadonlySet<string> {
  const seen = new Set([from]);
  for (const state of seen) for (const edge of edges) if (edge.from === state) seen.add(edge.to);
  return seen;
}

for (const kind of KINDS) {
  void t.test(`${kind} machine: for every state, it is reachable, leavable, described and has its meta`, async (t) => {
    const graph = graphOf(MACHINES[kind]);
    const reachable = reached(graph);
    t.ok(graph.states.length > 5);
    for (const { path, description, meta, tags, effect } of graph.states) {
      t.ok(reachable.has(path), `${path} is reachable`);
      t.ok(reached(graph, path).has(graph.initial) || path === graph.initial, `${path} can go back to the start`);
      t.match(description, /^(iPXE|[A-Z]).*\.$/, `${path} is described in a sentence`);
      t.ok(['idle', 'busy', 'good', 'bad'].includes(meta.tone), `${path} has a tone`);
      t.ok(tags.includes('stable') || meta.check !== undefined || path === 'booting', `${path} says what to check`);
      // A node in the deploy ramdisk may stay there, and yet it is at work.
      t.equal(tags.includes('stable'), meta.tone !== 'busy' || path === 'ramdisk', `${path}: what rests is stable`);
      t.ok(tags.includes('stable') || effect !== null || path === 'booting', `${path} is under way and asks for that`);
    }
  });
}

void t.test('boot machine: its states -> one for each stage, and failed', async (t) => {
  t.same(
    graphOf(MACHINES.boot)
      .states.map(({ path }) => path)
      .sort(),
    [...STAGES, 'failed'].sort(),
  );
});

void t.test('boot machine: for every state, what waits there waits for evidence', async (t) => {
  for (const { path, effect } of graphOf(MACHINES.boot).states) t.equal(effect, 'boot.await', path);
});

const refused = (config: object): (() => unknown) => {
  // A configuration by itself: readMachine looks at nothing else.
  const machine = { config, implementations: { guards: {}, actions: {} } };
  return () => readMachine(machine as unknown as AnyStateMachine);
};

void t.test('machine table: features it does not cover -> a bug told at once', async (t) => {
  const states = { a: {} };
  const whole = { id: 'm', initial: 'a', context: () => ({}), states };
  t.doesNotThrow(refused(whole));
  t.throws(refused({ ...whole, states: { a: { after: { 10: 'b' } } } }), /after/);
  t.throws(refused({ ...whole, states: { a: { always: 'b' } } }), /always/);
  t.throws(refused({ ...whole, states: { a: { on: { go: 'b' } } } }), /#m\./);
  t.throws(refused({ ...whole, states: { a: { on: { go: '#m.c' } } } }), /target/);
  t.throws(refused({ ...whole, states: { a: { invoke: { id: 'x', src: 'y', input: () => ({}) } } } }), /own name/);
  t.throws(refused({ ...whole, states: { a: { on: { go: { actions: 'unheard' } } } } }), /unheard/);
});

/** Shows a boot machine a list of evidence, a second each. */
function watched(observations: readonly Observation[], deadlines_ms = {}): Standing {
  const sequence = observations.map((observation): Happening => ({ kind: 'seen', observation }));
  return told(COMPILED.boot, { node: NODE, deadlines_ms }, sequence).at(-1)?.standing ?? { state: '', context: {} };
}

const reach = (stage: Stage): Observation => ({ kind: 'reached', stage, node: NODE, source: 'sim', what: stage });
const STARTS = STAGES.filter((stage) => stage !== 'off');

/** What a boot has passed when it has come to the last of these, as the chains have it: those not seen marked so. */
function expectedPath(seen: readonly Stage[]): readonly string[] {
  const all: readonly (readonly Stage[])[] = Object.values(CHAINS);
  const chain = all.find((stages) => seen.every((stage) => stages.includes(stage))) ?? [];
  const stages = chain.slice(1, chain.indexOf(seen.at(-1) ?? 'off') + 1);
  return stages.map((stage) => (seen.includes(stage) ? stage : `${stage} unseen`));
}

const pathOf = ({ passed }: BootContext): readonly string[] =>
  passed.map(({ stage, evidence }: PassedStage) => (evidence === null ? `${stage} unseen` : stage));

for (const [name, chain] of Object.entries(CHAINS)) {
  void t.test(
    `boot machine: for every part of the evidence of ${name}, it ends there, and says which stages went unseen`,
    async (t) => {
      fc.assert(
        fc.property(fc.subarray<Stage>(chain.slice(1), { minLength: 1 }), (seen) => {
          const { state, context } = watched(seen.map(reach));
          const now = context as BootContext;
          return state === seen.at(-1) && now.boot === 1 && pathOf(now).join() === expectedPath(seen).join();
        }),
      );
      t.pass();
    },
  );
}

void t.test(
  'boot machine: for every evidence in any order, what a boot passed is the beginning of one chain',
  async (t) => {
    const ways = Object.values(CHAINS).map((chain) => chain.slice(1).join());
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STARTS), { minLength: 1, maxLength: 20 }), (stages) => {
        const { passed } = watched(stages.map(reach)).context as BootContext;
        const isInOrder = passed.every(({ at }, index) => index === 0 || at >= (passed[index - 1]?.at ?? 0));
        return isInOrder && ways.some((way) => `${way},`.startsWith(`${passed.map(({ stage }) => stage).join()},`));
      }),
      { numRuns: 500 },
    );
    t.pass();
  },
);

void t.test('boot machine: evidence of another chain -> another boot', async (t) => {
  for (const [first, second] of [
    ['ipxe.script', 'iscsi.login'],
    ['iscsi.boot', 'bootloader.mbr'],
    ['bootloader', 'bootloader.slot'],
    ['bootloader.slot', 'ramdisk'],
    ['ramdisk', 'userland'],
    ['ramdisk', 'up'],
  ] as const) {
    const { state, context } = watched([reach(first), reach(second)]);
    const { boot, passed } = context as BootContext;
    t.same([state, boot, passed.at(-1)?.stage], [second, 2, second], `${first}, then ${second}`);
  }
});

void t.test(
  'boot machine: taken for a root node until the ramdisk calls back -> the iSCSI stages are gone',
  async (t) => {
    const kernel = watched([reach('firmware'), reach('kernel')]).context as BootContext;
    t.match(pathOf(kernel), [
      'firmware',
      'pxe.dhcp unseen',
      'pxe.tftp unseen',
      'ipxe.dhcp unseen',
      'iscsi.login unseen',
    ]);
    const { boot, ...context } = watched([reach('firmware'), reach('kernel'), reach('ramdisk')]).context as BootContext;
    t.equal(boot, 1);
    const netboot = ['firmware', 'pxe.dhcp unseen', 'pxe.tftp unseen', 'ipxe.dhcp unseen', 'ipxe.script unseen'];
    t.same(pathOf({ boot, ...context }), [...netboot, 'kernel', 'ramdisk']);
  },
);

void t.test('boot machine: for every chain, each step of it is drawn in the picture', async (t) => {
  const { edges } = graphOf(MACHINES.boot);
  const drawn = new Set(edges.filter(({ weight }) => weight === 'main').map(({ from, to }) => `${from} ${to}`));
  for (const chain of Object.values(CHAINS)) {
    t.same(
      chain.slice(1).filter((stage, index) => !drawn.has(`${chain[index] ?? ''} ${stage}`)),
      [],
    );
  }
});

void t.test(
  'boot machine: in the ramdisk -> the node is told, no deadline, and a power-off is no failure',
  async (t) => {
    const arrived = [reach('firmware'), reach('ipxe.script'), reach('kernel'), reach('ramdisk')];
    const sequence = arrived.map((observation): Happening => ({ kind: 'seen', observation }));
    const commands = told(COMPILED.boot, INPUTS.boot, sequence).at(-1)?.commands;
    t.match(commands, [
      { kind: 'act', action: 'tell', params: { to: 'node:root1', event: { type: 'boot.ramdisk' } } },
      {},
    ]);
    t.equal((watched(arrived).context as BootContext).deadlineAt, null);
    t.equal(watched([...arrived, reach('off')]).state, 'off');
  },
);

void t.test('boot machine: for every stage seen again, or one before it, a new boot counts', async (t) => {
  const pairs = fc.constantFrom(...STARTS).chain((stage) => {
    const before = STARTS.slice(0, STARTS.indexOf(stage));
    return fc.tuple(fc.constant(stage), before.length === 0 ? fc.constant(stage) : fc.constantFrom(...before));
  });
  fc.assert(
    fc.property(pairs, ([stage, earlier]) => {
      const { state, context } = watched([reach(stage), reach(earlier)]);
      const { boot } = context as BootContext;
      // The same stage twice is one boot: firmware repeats its frames.
      if (stage === earlier) return boot === 1 && state === stage;
      return (
        boot === 2 && state === earlier && pathOf(context as BootContext).join() === expectedPath([earlier]).join()
      );
    }),
  );
  t.pass();
});

void t.test('boot machine: for every stage that failed and is seen once more, a new boot counts', async (t) => {
  const ended: Observation = { kind: 'ended', fault: null, node: NODE, source: 'sim', what: 'No bootable device' };
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), (stage) => {
      const { state, context } = watched([reach(stage), ended, reach(stage)]);
      const { boot, failure } = context as BootContext;
      const isWhole = pathOf(context as BootContext).join() === expectedPath([stage]).join();
      return state === stage && boot === 2 && failure === null && isWhole;
    }),
  );
  t.pass();
});

const SILENT = [
  ['ipxe.script', 'disk.noBootCode'],
  ['bootloader.mbr', 'slot.noBootLoader'],
  ['bootloader.slot', 'stage.late'],
] as const;

void t.test('boot machine: silence after a hand-over -> what was handed over to is named', async (t) => {
  for (const [stage, kind] of SILENT) {
    const sequence: readonly Happening[] = [
      { kind: 'seen', observation: reach(stage) },
      { kind: 'late', effect: 'boot.await' },
    ];
    const { state, context } = told(COMPILED.boot, INPUTS.boot, sequence).at(-1)?.standing ?? {
      state: '',
      context: {},
    };
    t.equal(state, 'failed');
    t.match((context as BootContext).failure, { stage, cause: { kind } });
  }
});

void t.test(
  'boot machine: for every stage and table of deadlines, a stage has its own, and the scenario wins',
  async (t) => {
    const tables = fc.dictionary(fc.constantFrom(...STARTS), fc.nat(1_000_000), { noNullPrototype: true });
    fc.assert(
      fc.property(fc.constantFrom(...STARTS), tables, (stage, table) => {
        const { deadlineAt, enteredAt } = watched([reach(stage)], table).context as BootContext;
        const limit_ms = table[stage] ?? STAGE_DEADLINES_MS[stage];
        return deadlineAt === (limit_ms === null ? null : enteredAt + limit_ms);
      }),
    );
    t.pass();
  },
);

void t.test('boot machine: for every run of signs that move nothing, the deadline stays where it was', async (t) => {
  const trouble = { code: 'BOOT-002', kind: 'dhcp.unanswered', stage: 'pxe.dhcp' } as const;
  const sign: Observation = { kind: 'trouble', fault: trouble, node: NODE, source: 'wire', what: 'no answer' };
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), fc.nat(20), (stage, signs) => {
      const before = watched([reach(stage)]).context as BootContext;
      const after = watched([reach(stage), ...Array.from({ length: signs }, () => sign)]).context as BootContext;
      return after.deadlineAt === before.deadlineAt && after.after === signs + 1;
    }),
  );
  t.pass();
});

void t.test('boot machine: run as a live xstate actor -> the states that the table goes through', async (t) => {
  const signs = [...STARTS.map(reach), reach('off')];
  const answer = async ({ input }: { readonly input: EffectInput<'boot.await'> }): Promise<Outcome<'boot.await'>> => {
    const observation = signs[input.after];
    const at = 1_000 * (input.after + 1);
    const evidence = observation === undefined ? null : { ...observation, seq: input.after + 1, at };
    return evidence === null ? new Promise(() => {}) : { evidence, at };
  };
  const machine = MACHINES.boot.provide({ actors: { 'boot.await': fromPromise(answer) } });
  const actor = createActor(machine, { input: { node: NODE, deadlines_ms: {} } });
  actor.start();
  const { value, context } = await waitFor(actor, (snapshot) => snapshot.context.after === signs.length);
  t.equal(value, 'off');
  t.same(context, watched(signs).context);
});
