import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
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
  readonly fault: Fault | null;
}

type InContext = { readonly context: LunBranchContext };
type Staged = { readonly event: { readonly output: Outcome<'lun.stage'> } };
type Switched = { readonly event: { readonly output: Outcome<'lun.activate' | 'lun.rollBack'> } };
type Unanswered = { readonly event: { readonly error: unknown } };
type Told = { readonly event: LunBranchEvent };
type Tells = {
  readonly tells: readonly { readonly to: MachineId; readonly event: { readonly type: string; readonly at: number } }[];
};

/** Clones are made of nothing but a header; an image of tens of gigabytes may have to be laid out first. */
const LIMIT_MS = { stage: 3_600_000, switch: 600_000 };

const lunBranch = setup({
  types: {
    context: {} as LunBranchContext,
    events: {} as LunBranchEvent,
    input: {} as { readonly image: string },
    meta: {} as StateMeta,
  },
  actors: effectActors,
  actions: {
    ask: assign((_, { nodes, at }: { readonly nodes: readonly NodeId[]; readonly at: number }) => ({ nodes, at })),
    note: assign((_, { at }: { readonly at: number }) => ({ at })),
    succeed: assign((_, { at }: Outcome) => ({ at, fault: null })),
    blame: assign((_, { fault, at }: Failure) => ({ fault, at })),
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

const goal = (state: string) => `#lunBranch.${state}`;
const told = ({ event }: Told) => ({ at: event.at });
const blaming = { type: 'blame', params: ({ event }: Unanswered) => event.error as Failure } as const;
const failed = { target: goal('failed'), actions: blaming } as const;
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

/** Nodes see a switch at their next boot: each is told what to boot into; one without a LUN rests. */
const boots = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Switched): Tells => {
    const { at, holds } = event.output;
    const tells = holds.map(({ node, image }) => {
      const to = machineId('deployment', node);
      if (image === null) return { to, event: { type: 'drop.requested', at, image: context.image } };
      return { to, event: { type: 'start.requested', at, image, slot: null } };
    });
    return { tells };
  },
} as const;
const succeeding = { type: 'succeed', params: ({ event }: Staged | Switched) => event.output } as const;

function order(limit_ms: number) {
  return ({ context }: InContext): EffectInput<'lun.stage' | 'lun.activate' | 'lun.rollBack'> => {
    const { image, nodes, at } = context;
    return { image, nodes, deadlineAt: at + limit_ms };
  };
}

/** An image's way to the LUNs of root nodes: beside what they boot now, and by a switch to their next boots. */
export const lunBranchMachine = lunBranch.createMachine({
  id: 'lunBranch',
  context: ({ input }) => ({ image: input.image, at: 0, nodes: [], fault: null }),
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
      description: 'Clones of the image are made beside what its nodes boot now.',
      meta: { tone: 'busy', check: 'the LUN store: its disk may be full' },
      invoke: {
        id: 'lun.stage',
        src: 'lun.stage',
        input: order(LIMIT_MS.stage),
        onDone: { target: goal('staged'), actions: succeeding },
        onError: failed,
      },
      on: asked,
    },
    staged: {
      description: 'Its nodes have LUNs of the image and boot from others.',
      meta: { tone: 'good' },
      tags: 'stable',
      entry: news('lun.staged'),
      on: { ...asked, 'switch.requested': toSwitching },
    },
    switching: {
      description: 'The LUNs of the image become what its nodes boot next.',
      meta: { tone: 'busy', check: 'the LUN store' },
      invoke: {
        id: 'lun.activate',
        src: 'lun.activate',
        input: order(LIMIT_MS.switch),
        onDone: { target: goal('switched'), actions: [succeeding, boots] },
        onError: failed,
      },
      on: asked,
    },
    switched: {
      description: 'The LUNs of the image were made what its nodes boot next.',
      meta: { tone: 'good' },
      tags: 'stable',
      on: {
        ...asked,
        'switch.requested': toSwitching,
        'rollBack.requested': { target: goal('rollingBack'), actions: { type: 'note', params: told } },
      },
    },
    rollingBack: {
      description: 'What the nodes had before the image becomes what they boot next.',
      meta: { tone: 'busy', check: 'the LUN store' },
      invoke: {
        id: 'lun.rollBack',
        src: 'lun.rollBack',
        input: order(LIMIT_MS.switch),
        onDone: { target: goal('staged'), actions: [succeeding, boots] },
        // Nothing was switched: the nodes boot the image as they did.
        onError: { target: goal('switched'), actions: [blaming, news('lun.failed')] },
      },
      on: asked,
    },
    failed: {
      description: 'Staging or switching failed; the nodes boot what they did.',
      meta: { tone: 'bad' },
      tags: 'stable',
      entry: news('lun.failed'),
      on: { ...asked, 'switch.requested': toSwitching },
    },
  },
});
