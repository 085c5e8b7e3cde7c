import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Medium } from '../ports/image.js';
import { effectActors } from './effect-actors.js';
import {
  begin,
  heard,
  initialImage,
  launch,
  mend,
  refused,
  rollBack,
  routeOf,
  scheduled,
  takeAway,
  withdrawn,
  type DeployRequest,
  type ImageContext,
  type ImageEvent,
  type ImageInput,
  type ImageNews,
  type ImageTells,
  type Phase,
} from './image-context.js';
import type { StateMeta } from './meta.js';

type InContext = { readonly context: ImageContext };
type Told = { readonly event: ImageEvent };
type Heard = { readonly event: ImageNews };
type Answered = { readonly event: { readonly output: Outcome } };
type Validated = { readonly event: { readonly output: Outcome<'image.validate'> } };
type Unanswered = { readonly event: { readonly error: unknown } };
type After = { readonly after: ImageContext };
type Leading = After & { readonly phase: Phase; readonly to: string };

const image = setup({
  types: {
    context: {} as ImageContext,
    events: {} as ImageEvent,
    input: {} as ImageInput,
    meta: {} as StateMeta,
  },
  actors: effectActors,
  guards: {
    leads: (_, { after, phase, to }: Leading) => routeOf(phase, after) === to,
    isFor: ({ context }, { medium }: { readonly medium: Medium }) => context.media.includes(medium),
    isGood: (_, { stopped }: Outcome<'image.validate'>) => stopped === null,
    isGoodSoFar: ({ context }, { stopped, from }: Outcome<'image.validate'> & { readonly from: Medium }) =>
      stopped === null && from === 'lun' && context.media.includes('slot'),
  },
  actions: {
    become: assign((_, { after }: After) => after),
    note: assign((_, { at }: { readonly at: number }) => ({ at, fault: null })),
    blame: assign((_, { fault, at }: Failure) => ({ fault, at })),
    refuse: assign(({ context }, { from, stopped, at }: Outcome<'image.validate'> & { readonly from: Medium }) => ({
      at,
      fault: stopped === null ? null : refused(context, from, stopped),
    })),
    pass: assign(({ context }, { state }: { readonly state: string }) => ({
      passed: [...context.passed, { state, at: context.at }],
    })),
    withdraw: assign(({ context }) => ({ nodes: withdrawn(context) })),
    tellAll: (_scope, _news: ImageTells) => {},
    recordUnexpected: () => {},
  },
});

/** A validation is two boots at most, of a machine that may have to wait for its turn; a dark store may be far away. */
const LIMIT_MS = { validate: 1_800_000, store: 3_600_000 };

const goal = (state: string) => `#image.${state}`;
const told = ({ event }: Told) => ({ at: event.at });
const timeOf = ({ event }: Answered) => ({ at: event.output.at });
const failureOf = ({ event }: Unanswered) => event.error as Failure;
const passes = (state: string) => ({ type: 'pass', params: { state } }) as const;

/** Where news may lead in each phase. The first is where the image is mostly. */
const ROUTES: Readonly<Record<Phase, readonly string[]>> = {
  deploying: [
    'deploying.both',
    'deploying.lun',
    'deploying.slot',
    'ready.lun',
    'ready.slot',
    'ready.all',
    'starting',
    'deployFailed',
    'takingOff',
    'stored',
  ],
  starting: ['starting', 'running', 'deployFailed', 'takingOff', 'stored'],
  standing: ['running', 'ready.all', 'degraded', 'takingOff', 'stored'],
  takingOff: ['takingOff', 'stored', 'takeOffFailed'],
};

/** News is taken, and leads to where the image then is by what is known of all its nodes. */
function hears(phase: Phase) {
  const after = ({ context, event }: InContext & Heard) => ({ after: heard(context, phase, event) });
  const mending = ({ context, event }: InContext & Heard) => mend(context, event);
  return ROUTES[phase].map((to) => {
    return {
      guard: { type: 'leads', params: (scope: InContext & Heard) => ({ ...after(scope), phase, to }) },
      target: goal(to),
      actions: [
        { type: 'become', params: after },
        { type: 'tellAll', params: mending },
      ],
    } as const;
  });
}

function news(phase: Phase) {
  const rows = hears(phase);
  const isOver = phase === 'deploying' || phase === 'starting';
  const lunFailed = { target: goal('deployFailed'), actions: noted } as const;
  return {
    'deployment.ready': rows,
    'deployment.running': rows,
    'deployment.left': rows,
    'deployment.failed': rows,
    'deployment.wiped': rows,
    'lun.staged': rows,
    'lun.failed': isOver ? lunFailed : { actions: noted },
  };
}

/** News that moves nothing: what is known of the nodes is kept all the same. */
const noted = {
  type: 'become',
  params: ({ context, event }: InContext & Heard) => ({ after: heard(context, 'standing', event) }),
} as const;
const kept = { actions: noted } as const;

function validate(from: Medium) {
  const answer = ({ event }: Validated) => event.output;
  const found = ({ event }: Validated) => ({ ...event.output, from });
  const on = { type: 'note', params: timeOf } as const;
  return {
    id: 'image.validate',
    src: 'image.validate',
    input: ({ context }: InContext): EffectInput<'image.validate'> => {
      return { image: context.image, from, deadlineAt: context.at + LIMIT_MS.validate };
    },
    onDone: [
      {
        guard: { type: 'isGoodSoFar', params: found },
        target: goal('validating.slot'),
        actions: on,
      },
      { guard: { type: 'isGood', params: answer }, target: goal('storing'), actions: on },
      { target: goal('validationFailed'), actions: { type: 'refuse', params: found } },
    ],
    onError: { target: goal('validationFailed'), actions: { type: 'blame', params: failureOf } },
  } as const;
}

const noting = { type: 'note', params: told } as const;
const handIn = [
  { guard: { type: 'isFor', params: { medium: 'lun' } }, target: goal('validating.lun'), actions: noting },
  { target: goal('validating.slot'), actions: noting },
] as const;
const takenBack = { target: goal('registered'), actions: noting } as const;
const takeOff = { target: goal('takingOff'), reenter: true, actions: noting } as const;
const start = { target: goal('starting'), actions: noting } as const;
const deploy = {
  target: goal('scheduled'),
  actions: {
    type: 'become',
    params: ({ context, event }: InContext & { readonly event: DeployRequest }) => ({ after: scheduled(context, event) }),
  },
} as const;
const rollingBack = {
  actions: { type: 'tellAll', params: ({ context, event }: InContext & Told) => rollBack({ ...context, at: event.at }) },
} as const;

/** Its timeslot has begun: both branches set out. */
const launched = ROUTES.deploying.slice(0, 3).map((to) => {
  const after = ({ context, event }: InContext & Answered) => ({ after: { ...context, at: event.output.at } });
  const phase = 'deploying' as const;
  return {
    guard: { type: 'leads', params: (scope: InContext & Answered) => ({ ...after(scope), phase, to }) },
    target: goal(to),
    actions: [
      { type: 'become', params: after },
      { type: 'tellAll', params: (scope: InContext & Answered) => launch(after(scope).after) },
    ],
  } as const;
});

const onItsWay = { ...news('deploying'), 'takeOff.requested': takeOff } as const;
const standing = { ...news('standing'), 'takeOff.requested': takeOff, 'start.requested': start } as const;
const waits = { tone: 'busy', ironic: 'deploying', check: 'the deployments of its nodes and its branch of LUNs' } as const;

/** An image on its way to a fleet: from being handed in to running on every node that it is for, and off them again. */
export const imageMachine = image.createMachine({
  id: 'image',
  context: ({ input }) => initialImage(input),
  initial: 'registered',
  on: {
    '*': { actions: 'recordUnexpected' },
    'deployment.ready': kept,
    'deployment.running': kept,
    'deployment.left': kept,
    'deployment.failed': kept,
    'deployment.wiped': kept,
    'lun.staged': kept,
    'lun.failed': kept,
    'rollBack.requested': rollingBack,
  },
  states: {
    registered: {
      description: 'The image is known by name; nobody has looked at it.',
      meta: { tone: 'idle' },
      tags: 'stable',
      entry: passes('registered'),
      on: { 'handIn.requested': handIn, 'takeOff.requested': {} },
    },
    validating: {
      initial: 'lun',
      states: {
        lun: {
          description: 'The image is booted once from a LUN, on no node of the fleet.',
          meta: { tone: 'busy', check: "the validation's console" },
          entry: passes('validating.lun'),
          invoke: validate('lun'),
        },
        slot: {
          description: 'The image is booted once from a slot, on no node of the fleet.',
          meta: { tone: 'busy', check: "the validation's console" },
          entry: passes('validating.slot'),
          invoke: validate('slot'),
        },
      },
    },
    validationFailed: {
      description: 'The image did not boot; the context says at which stage it stopped and why.',
      meta: { tone: 'bad' },
      tags: 'stable',
      entry: passes('validationFailed'),
      on: { 'handIn.requested': handIn, 'takeOff.requested': takenBack },
    },
    storing: {
      description: 'The image is laid into the dark store.',
      meta: { tone: 'busy', check: "the dark store's disk" },
      entry: passes('storing'),
      invoke: {
        id: 'image.store',
        src: 'image.store',
        input: ({ context }: InContext): EffectInput<'image.store'> => {
          return { image: context.image, deadlineAt: context.at + LIMIT_MS.store };
        },
        onDone: { target: goal('stored'), actions: { type: 'note', params: timeOf } },
        onError: { target: goal('storeFailed'), actions: { type: 'blame', params: failureOf } },
      },
    },
    storeFailed: {
      description: 'The image boots, and the dark store did not take it.',
      meta: { tone: 'bad' },
      tags: 'stable',
      entry: passes('storeFailed'),
      on: { 'handIn.requested': { target: goal('storing'), actions: noting }, 'takeOff.requested': takenBack },
    },
    stored: {
      description: 'DARK STORE: the image lies on the shelf, whole, and on no node.',
      meta: { tone: 'good' },
      tags: 'stable',
      entry: passes('stored'),
      on: { 'deploy.requested': deploy, 'takeOff.requested': {} },
    },
    scheduled: {
      description: 'Nodes and slots are assigned; the timeslot has not begun.',
      meta: { tone: 'busy', check: 'when its timeslot begins' },
      entry: passes('scheduled'),
      invoke: {
        id: 'time.await',
        src: 'time.await',
        input: ({ context }: InContext): EffectInput<'time.await'> => ({ until: context.startsAt, deadlineAt: null }),
        onDone: launched,
        onError: { target: goal('deployFailed'), actions: { type: 'blame', params: failureOf } },
      },
      on: { 'takeOff.requested': takeOff },
    },
    deploying: {
      initial: 'both',
      on: onItsWay,
      states: {
        both: {
          description: 'LUNs are staged and slots written.',
          meta: waits,
          entry: passes('deploying.both'),
        },
        lun: { description: 'LUNs are staged; no slot is asked for.', meta: waits, entry: passes('deploying.lun') },
        slot: { description: 'Slots are written; no LUN is asked for.', meta: waits, entry: passes('deploying.slot') },
      },
    },
    ready: {
      initial: 'all',
      states: {
        lun: {
          description: 'The LUNs are staged; slots are still being written.',
          meta: waits,
          entry: passes('ready.lun'),
          on: onItsWay,
        },
        slot: {
          description: 'The slots are written; LUNs are still being staged.',
          meta: waits,
          entry: passes('ready.slot'),
          on: onItsWay,
        },
        all: {
          description: 'The image is on every node that it is for, and not the one that all of them run.',
          meta: { tone: 'good' },
          tags: 'stable',
          entry: passes('ready.all'),
          on: standing,
        },
      },
    },
    starting: {
      description: 'The nodes boot into the image.',
      meta: waits,
      entry: [passes('starting'), { type: 'tellAll', params: ({ context }: InContext) => begin(context) }],
      on: { ...news('starting'), 'takeOff.requested': takeOff },
    },
    running: {
      description: 'Every node that the image is for is up in it.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      entry: passes('running'),
      on: { ...standing, 'start.requested': {} },
    },
    degraded: {
      description: 'The image ran on all its nodes, and some of them are not up in it any more.',
      meta: { tone: 'bad' },
      tags: 'stable',
      entry: passes('degraded'),
      on: standing,
    },
    deployFailed: {
      description: 'The image did not get to all its nodes; what was begun is still on them until it is taken off.',
      meta: { tone: 'bad', ironic: 'deploy failed' },
      tags: 'stable',
      entry: passes('deployFailed'),
      on: { 'deploy.requested': deploy, 'takeOff.requested': takeOff },
    },
    takingOff: {
      description: 'The image is wiped off its nodes, and that is read back.',
      meta: { tone: 'busy', ironic: 'cleaning', check: 'the deployments of its nodes' },
      entry: [passes('takingOff'), 'withdraw', { type: 'tellAll', params: ({ context }: InContext) => takeAway(context) }],
      on: { ...news('takingOff'), 'takeOff.requested': {} },
    },
    takeOffFailed: {
      description: 'The image is not proven to be off all its nodes.',
      meta: { tone: 'bad', ironic: 'clean failed' },
      tags: 'stable',
      entry: passes('takeOffFailed'),
      on: { 'takeOff.requested': takeOff, 'deploy.requested': deploy },
    },
  },
});
