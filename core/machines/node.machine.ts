import { assign, setup } from 'xstate';
import { effectActors } from './effect-actors.js';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import type { MachineId, NodeId } from '../ids.js';
import type { StateMeta } from './meta.js';

/** What an operator or a scenario asks of a node, and what its boot chain tells it. */
export type NodeEvent =
  | { readonly type: 'deploy.requested'; readonly at: number }
  | { readonly type: 'release.requested'; readonly at: number }
  | { readonly type: 'boot.up'; readonly at: number }
  /** The deploy ramdisk has called back. */
  | { readonly type: 'boot.ramdisk'; readonly at: number }
  /** The power is gone where a boot had come to rest. */
  | { readonly type: 'boot.off'; readonly at: number; readonly fault?: Fault }
  | { readonly type: 'boot.failed'; readonly at: number; readonly fault?: Fault };

export interface NodeInput {
  readonly node: NodeId;
  /** Machines that are told when the node is up, off, in its ramdisk or failed. */
  readonly followers?: readonly MachineId[];
}

export interface NodeContext {
  readonly node: NodeId;
  readonly followers: readonly MachineId[];
  readonly at: number;
  /** Why the last deployment failed where an effect failed; the boot machine holds the cause of a failed boot. */
  readonly fault: Fault | null;
}

/** Boot device and power are asked of a BMC or of an emulator queued by cores: minutes, not seconds. */
const ACT_LIMIT_MS = { device: 60_000, power: 900_000 };

type Told = { readonly at: number };
type BootEnd = Told & { readonly fault: Fault };
type Tells = { readonly tells: readonly { readonly to: MachineId; readonly event: object }[] };
type Answered = { readonly event: { readonly output: Outcome } };
type Unanswered = { readonly event: { readonly error: unknown } };
type InContext = { readonly context: NodeContext };
const timeOf = ({ event }: Answered): Told => ({ at: event.output.at });
const told = ({ event }: { readonly event: Told }): Told => ({ at: event.at });
const failureOf = ({ event }: Unanswered) => ({ failure: event.error as Failure });

const node = setup({
  types: {
    context: {} as NodeContext,
    events: {} as NodeEvent,
    input: {} as NodeInput,
    meta: {} as StateMeta,
  },
  actors: effectActors,
  guards: {
    /** What a boot says that was over before the node was powered off comes after that. */
    isFresh: ({ context }, { at }: Told) => at > context.at,
  },
  actions: {
    note: assign((_, { at }: Told) => ({ at, fault: null })),
    blame: assign((_, { failure }: { readonly failure: Failure }) => ({ at: failure.at, fault: failure.fault })),
    blameBoot: assign((_, { at, fault }: BootEnd) => ({ at, fault })),
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

const deploy = { target: '#node.settingBootDevice', actions: { type: 'note', params: told } } as const;
const release = { target: '#node.poweringOff', actions: { type: 'note', params: told } } as const;
const up = { target: '#node.active', actions: { type: 'note', params: told } } as const;
const endOf = ({ event }: { readonly event: NodeEvent }): BootEnd => ({ at: event.at, fault: faultOf(event) });
const blameBoot = { type: 'blameBoot', params: endOf } as const;
const down = { target: '#node.deployFailed', actions: blameBoot } as const;
const freshDown = { guard: { type: 'isFresh', params: told }, ...down } as const;
const off = { target: '#node.available', actions: { type: 'note', params: timeOf } } as const;
const blame = { target: '#node.deployFailed', actions: { type: 'blame', params: failureOf } } as const;

function faultOf(event: NodeEvent): Fault {
  const named = 'fault' in event ? event.fault : undefined;
  return named ?? { code: 'BOOT-007', kind: 'power.lost', stage: 'off' };
}

function tells({ node, followers }: NodeContext, event: { readonly type: string; readonly at: number }): Tells {
  return { tells: followers.map((to) => ({ to, event: { ...event, node } })) };
}

/** Told once the state is entered. */
function news(type: 'node.up' | 'node.failed') {
  return {
    type: 'tellAll',
    params: ({ context }: InContext) => {
      const { at, fault } = context;
      return tells(context, { type, at, ...(fault === null ? {} : { fault }) });
    },
  } as const;
}

/** Passed on as it comes, under a word of the node's own. */
function passOn(type: 'node.ramdisk' | 'node.down') {
  return {
    type: 'tellAll',
    params: ({ context, event }: InContext & { readonly event: NodeEvent }) => {
      const fault = type === 'node.down' ? { fault: faultOf(event) } : {};
      return tells(context, { type, at: event.at, ...fault });
    },
  } as const;
}

const offNews = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Answered) => tells(context, { type: 'node.off', at: event.output.at }),
} as const;
/** A boot is under way: its end may come before the power's answer. */
const underWay = {
  'boot.up': up,
  'boot.failed': down,
  'boot.off': down,
  'boot.ramdisk': { actions: passOn('node.ramdisk') },
  'release.requested': release,
} as const;
const inRamdisk = { actions: passOn('node.ramdisk') } as const;
const lost = { actions: passOn('node.down') } as const;

/** One node, in Ironic's words; so far the part that a boot needs. */
export const nodeMachine = node.createMachine({
  id: 'node',
  context: ({ input }) => ({ node: input.node, followers: input.followers ?? [], at: 0, fault: null }),
  initial: 'available',
  on: { '*': { actions: 'recordUnexpected' }, 'boot.ramdisk': {}, 'boot.off': {} },
  states: {
    available: {
      description: 'Free to be deployed. A boot that nobody asked for makes it active all the same.',
      meta: { tone: 'idle', ironic: 'available' },
      tags: 'stable',
      on: { 'deploy.requested': deploy, 'release.requested': release, 'boot.up': up, 'boot.failed': [freshDown, {}] },
    },
    settingBootDevice: {
      description: 'The firmware is told to boot from the network.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'that the BMC answers' },
      invoke: {
        id: 'bootDevice.ensure',
        src: 'bootDevice.ensure',
        input: ({ context }: InContext): EffectInput<'bootDevice.ensure'> => ({
          node: context.node,
          device: 'network',
          deadlineAt: context.at + ACT_LIMIT_MS.device,
        }),
        onDone: { target: '#node.poweringOn', actions: { type: 'note', params: timeOf } },
        onError: blame,
      },
      // What a boot before this one still has to say.
      on: { 'release.requested': release, 'boot.up': {}, 'boot.failed': {} },
    },
    poweringOn: {
      description: 'The node is asked to be on. Its boot may be over before the answer comes.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'the outlet and the BMC; in the emulated rack, free cores' },
      invoke: powerEnsure('on', { target: '#node.booting', actions: { type: 'note', params: timeOf } }),
      on: underWay,
    },
    booting: {
      description: 'The boot chain is under way; its own machine watches it.',
      meta: { tone: 'busy', ironic: 'wait call-back' },
      on: underWay,
    },
    active: {
      description: 'The node is up.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      entry: news('node.up'),
      on: {
        'deploy.requested': deploy,
        'release.requested': release,
        'boot.up': up,
        'boot.failed': down,
        'boot.off': lost,
      },
    },
    deployFailed: {
      description: 'The deployment ended before the node was up. A boot that was only slow still makes it active.',
      meta: { tone: 'bad', ironic: 'deploy failed' },
      tags: 'stable',
      entry: news('node.failed'),
      on: {
        'deploy.requested': deploy,
        'release.requested': release,
        'boot.up': up,
        'boot.ramdisk': inRamdisk,
        'boot.failed': { actions: blameBoot },
      },
    },
    poweringOff: {
      description: 'The node is asked to be off.',
      meta: { tone: 'busy', ironic: 'deleting', check: 'the outlet and the BMC' },
      invoke: powerEnsure('off', { ...off, actions: [off.actions, offNews] }),
      on: { 'boot.failed': {}, 'boot.up': {}, 'release.requested': {} },
    },
  },
});

function powerEnsure<T>(want: 'on' | 'off', onDone: T) {
  return {
    id: 'power.ensure',
    src: 'power.ensure',
    input: ({ context }: InContext): EffectInput<'power.ensure'> => ({
      node: context.node,
      want,
      deadlineAt: context.at + ACT_LIMIT_MS.power,
    }),
    onDone,
    onError: blame,
  } as const;
}
