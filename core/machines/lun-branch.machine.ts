import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { LunSet } from '../ports/lun-sets.js';
import { effectActors } from './effect-actors.js';
import type { StateMeta } from './meta.js';

/** What the image asks of its branch of LUNs. */
export type LunBranchEvent =
  | { readonly type: 'stage.requested'; readonly at: number; readonly nodes: readonly NodeId[] }
  | { readonly type: 'switch.requested' | 'rollBack.requested' | 'clear.requested'; readonly at: number };

export interface LunBranchContext {
  readonly image: string;
  readonly at: number;
  readonly nodes: readonly NodeId[];
  /** The set that the image was staged into, and the one that was active before that was switched to. */
  readonly set: LunSet;
  readonly before: LunSet;
  readonly fault: Fault | null;
}

type InContext = { readonly context: LunBranchContext };
type Staged = { readonly event: { readonly output: Outcome<'lun.stage'> } };
type Activated = { readonly event: { readonly output: Outcome<'lun.activate'> } };
type Unanswered = { readonly event: { readonly error: unknown } };
type Told = { readonly event: LunBranchEvent };
type Tells = {
  readonly tells: readonly { readonly to: MachineId; readonly event: { readonly type: string; readonly at: number } }[];
};

/** Clones are made of nothing but a header; an image of tens of gigabytes may have to be laid out first. */
const LIMIT_MS = { stage: 3_600_000, activate: 600_000 };

const lunBranch = setup({
  types: {
    context: {} as LunBranchContext,
    events: {} as LunBranchEvent,
    input: {} as { readonly image: string },
    meta: {} as StateMeta,
  },
  actors: effectActors,
  guards: {
    /** Another staging may have overtaken the image in its set. */
    isHeld: ({ context }, { holds }: Outcome<'lun.activate'>) =>
      context.nodes.every((id) => holds.some(({ node, image }) => node === id && image === context.image)),
  },
  actions: {
    ask: assign((_, { nodes, at }: { readonly nodes: readonly NodeId[]; readonly at: number }) => ({ nodes, at })),
    note: assign((_, { at }: { readonly at: number }) => ({ at })),
    stage: assign((_, { set, at }: Outcome<'lun.stage'>) => ({ set, at, fault: null })),
    switch: assign(({ context }, { active, before, at }: Outcome<'lun.activate'>) => {
      return { at, fault: null, before: active === before ? context.before : before };
    }),
    overtake: assign(({ context }, { at }: Outcome<'lun.activate'>) => ({ at, fault: overtaken(context) })),
    blame: assign((_, { fault, at }: Failure) => ({ fault, at })),
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

function overtaken({ image, set }: LunBranchContext): Fault {
  return { code: 'DPL-005', kind: 'lun.overtaken', image, set };
}

const goal = (state: string) => `#lunBranch.${state}`;
const told = ({ event }: Told) => ({ at: event.at });
const switched = ({ event }: Activated) => event.output;
const failed = {
  target: goal('failed'),
  actions: { type: 'blame', params: ({ event }: Unanswered) => event.error as Failure },
} as const;
const stage = {
  target: goal('staging'),
  reenter: true,
  actions: {
    type: 'ask',
    params: ({ event }: { readonly event: Extract<LunBranchEvent, { nodes: unknown }> }) => event,
  },
} as const;
const clear = { target: goal('idle'), actions: { type: 'note', params: told } } as const;
const asked = { 'stage.requested': stage, 'clear.requested': clear } as const;
const toSwitching = { target: goal('switching'), reenter: true, actions: { type: 'note', params: told } } as const;

/** To the image itself. */
function news(type: 'lun.staged' | 'lun.failed') {
  const params = ({ context: { image, at, fault } }: InContext): Tells => {
    return { tells: [{ to: machineId('image', image), event: { type, at, ...(fault === null ? {} : { fault }) } }] };
  };
  return { type: 'tellAll', params } as const;
}

/** Nodes see a set at their next boot: each of the image's is told what to boot into; one without a LUN rests. */
const boots = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Activated): Tells => {
    const { at, holds } = event.output;
    const tells = context.nodes.map((id) => {
      const image = holds.find(({ node }) => node === id)?.image ?? null;
      const to = machineId('deployment', id);
      if (image === null) return { to, event: { type: 'drop.requested', at, image: context.image } };
      return { to, event: { type: 'start.requested', at, image, slot: null } };
    });
    return { tells };
  },
} as const;

function activate(which: 'set' | 'before') {
  return {
    id: 'lun.activate',
    src: 'lun.activate',
    input: ({ context }: InContext): EffectInput<'lun.activate'> => {
      return { set: context[which], deadlineAt: context.at + LIMIT_MS.activate };
    },
  } as const;
}

/** An image's way to the LUNs of root nodes: into the staging set, and by a switch of the sets to the next boots. */
export const lunBranchMachine = lunBranch.createMachine({
  id: 'lunBranch',
  context: ({ input }) => ({ image: input.image, at: 0, nodes: [], set: 'b', before: 'a', fault: null }),
  initial: 'idle',
  on: {
    '*': { actions: 'recordUnexpected' },
    'switch.requested': {},
    'rollBack.requested': {},
  },
  states: {
    idle: {
      description: 'The image has no LUN.',
      meta: { tone: 'idle' },
      tags: 'stable',
      on: { 'stage.requested': stage, 'clear.requested': {} },
    },
    staging: {
      description: 'Clones of the image are made in the staging set.',
      meta: { tone: 'busy', check: 'the LUN store: its disk may be full' },
      invoke: {
        id: 'lun.stage',
        src: 'lun.stage',
        input: ({ context }: InContext): EffectInput<'lun.stage'> => {
          const { image, nodes } = context;
          return { image, nodes, deadlineAt: context.at + LIMIT_MS.stage };
        },
        onDone: { target: goal('staged'), actions: { type: 'stage', params: ({ event }: Staged) => event.output } },
        onError: failed,
      },
      on: asked,
    },
    staged: {
      description: 'The image is in a set that is not the active one.',
      meta: { tone: 'good' },
      tags: 'stable',
      entry: news('lun.staged'),
      on: { ...asked, 'switch.requested': toSwitching },
    },
    switching: {
      description: "The image's set becomes the active one.",
      meta: { tone: 'busy', check: 'the LUN store, and what else is being staged' },
      invoke: {
        ...activate('set'),
        onDone: [
          {
            guard: { type: 'isHeld', params: switched },
            target: goal('switched'),
            actions: [{ type: 'switch', params: switched }, boots],
          },
          { target: goal('failed'), actions: [{ type: 'overtake', params: switched }, boots] },
        ],
        onError: failed,
      },
      on: asked,
    },
    switched: {
      description: "The image's set was made the active one.",
      meta: { tone: 'good' },
      tags: 'stable',
      on: {
        ...asked,
        'switch.requested': toSwitching,
        'rollBack.requested': { target: goal('rollingBack'), actions: { type: 'note', params: told } },
      },
    },
    rollingBack: {
      description: 'The set that was active before becomes the active one again.',
      meta: { tone: 'busy', check: 'the LUN store' },
      invoke: {
        ...activate('before'),
        onDone: {
          target: goal('staged'),
          actions: [{ type: 'note', params: ({ event }: Activated) => event.output }, boots],
        },
        onError: failed,
      },
      on: asked,
    },
    failed: {
      description: 'Staging or switching failed; the active set is what it was.',
      meta: { tone: 'bad' },
      tags: 'stable',
      entry: news('lun.failed'),
      on: { ...asked, 'switch.requested': toSwitching },
    },
  },
});
