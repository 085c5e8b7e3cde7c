import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Medium } from '../ports/image.js';
import {
  heard,
  launch,
  mend,
  rollBack,
  scheduled,
  takeAway,
  type DeployRequest,
  type ImageContext,
  type ImageEvent,
  type ImageNews,
  type Phase,
} from './image-context.js';

export type InContext = { readonly context: ImageContext };
type Told = { readonly event: ImageEvent };
type Heard = { readonly event: ImageNews };
type Answered = { readonly event: { readonly output: Outcome } };
type Validated = { readonly event: { readonly output: Outcome<'image.validate'> } };
type Unanswered = { readonly event: { readonly error: unknown } };
export type After = { readonly after: ImageContext };
export type Leading = After & { readonly phase: Phase; readonly to: string };

/** A validation is two boots at most, of a machine that may have to wait for its turn; a dark store may be far away. */
export const LIMIT_MS = { validate: 1_800_000, store: 3_600_000 };

export const goal = (state: string) => `#image.${state}`;
const told = ({ event }: Told) => ({ at: event.at });
export const timeOf = ({ event }: Answered) => ({ at: event.output.at });
export const failureOf = ({ event }: Unanswered) => event.error as Failure;
export const passes = (state: string) => ({ type: 'pass', params: { state } }) as const;

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
  starting: ['starting', 'running', 'ready.all', 'deployFailed', 'takingOff', 'stored'],
  standing: ['running', 'ready.all', 'degraded', 'takingOff', 'stored'],
  takingOff: ['takingOff', 'stored', 'takeOffFailed'],
};

/** News is taken, and leads to where the image then is by what is known of all its nodes. */
function hears(phase: Phase) {
  const after = ({ context, event }: InContext & Heard) => ({ after: heard(context, phase, event) });
  const mending = ({ context, event }: InContext & Heard) => mend(context, phase, event);
  return ROUTES[phase].map((to) => {
    return {
      guard: { type: 'leads', params: (scope: InContext & Heard) => ({ ...after(scope), phase, to }) },
      target: goal(to),
      actions: [
        { type: 'tellAll', params: mending },
        { type: 'become', params: after },
      ],
    } as const;
  });
}

export function news(phase: Phase) {
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
export const kept = { actions: noted } as const;
/** Before its timeslot nothing has been begun: what nodes tell is of an earlier deployment. */
export const ofBefore = {
  'deployment.ready': {},
  'deployment.running': {},
  'deployment.left': {},
  'deployment.failed': {},
  'deployment.wiped': {
    actions: {
      type: 'become',
      params: ({ context, event }: InContext & Heard) => ({ after: heard(context, 'deploying', event) }),
    },
  },
  'lun.staged': {},
  'lun.failed': {},
} as const;

export function validate(from: Medium) {
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

export const noting = { type: 'note', params: told } as const;
export const handIn = [
  { guard: { type: 'isFor', params: { medium: 'lun' } }, target: goal('validating.lun'), actions: noting },
  { target: goal('validating.slot'), actions: noting },
] as const;
export const takenBack = { target: goal('registered'), actions: noting } as const;
/** Nodes that it has been wiped off already have no more news: only what they were still to do is called off. */
export const takeOff = [
  {
    guard: 'isGone',
    target: goal('stored'),
    actions: [
      noting,
      {
        type: 'tellAll',
        params: ({ context, event }: InContext & Told) => takeAway({ ...context, at: event.at }),
      },
    ],
  },
  { target: goal('takingOff'), reenter: true, actions: noting },
] as const;
const start = { target: goal('starting'), actions: noting } as const;
export const deploy = {
  target: goal('scheduled'),
  actions: {
    type: 'become',
    params: ({ context, event }: InContext & { readonly event: DeployRequest }) => ({
      after: scheduled(context, event),
    }),
  },
} as const;
export const rollingBack = {
  actions: {
    type: 'tellAll',
    params: ({ context, event }: InContext & Told) => rollBack({ ...context, at: event.at }),
  },
} as const;

/** Its timeslot has begun: both branches set out; for no node at all there is nowhere to go. */
export const launched = ['deploying.both', 'deploying.lun', 'deploying.slot', 'deployFailed'].map((to) => {
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

export const onItsWay = { ...news('deploying'), 'takeOff.requested': takeOff } as const;
export const standing = { ...news('standing'), 'takeOff.requested': takeOff, 'start.requested': start } as const;
export const waits = {
  tone: 'busy',
  ironic: 'deploying',
  check: 'the deployments of its nodes and its branch of LUNs',
} as const;
