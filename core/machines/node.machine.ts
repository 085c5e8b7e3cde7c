import { assign, setup } from 'xstate';
import { effectActors } from './effect-actors.js';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import type { StateMeta } from './meta.js';

/** What an operator or a scenario asks of a node, and what its boot chain tells it. */
export type NodeEvent =
  | { readonly type: 'deploy.requested'; readonly at: number }
  | { readonly type: 'release.requested'; readonly at: number }
  | { readonly type: 'boot.up'; readonly at: number }
  /** The deploy ramdisk has called back. */
  | { readonly type: 'boot.ramdisk'; readonly at: number }
  | { readonly type: 'boot.failed'; readonly at: number };

export interface NodeContext {
  readonly node: NodeId;
  readonly at: number;
  /** Why the last deployment failed where an effect failed; the boot machine holds the cause of a failed boot. */
  readonly fault: Fault | null;
}

/** Boot device and power are asked of a BMC or of an emulator queued by cores: minutes, not seconds. */
const ACT_LIMIT_MS = { device: 60_000, power: 900_000 };

type Told = { readonly at: number };
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
    input: {} as { readonly node: NodeId },
    meta: {} as StateMeta,
  },
  actors: effectActors,
  actions: {
    note: assign((_, { at }: Told) => ({ at, fault: null })),
    blame: assign((_, { failure }: { readonly failure: Failure }) => ({ at: failure.at, fault: failure.fault })),
    recordUnexpected: () => {},
  },
});

const deploy = { target: '#node.settingBootDevice', actions: { type: 'note', params: told } } as const;
const release = { target: '#node.poweringOff', actions: { type: 'note', params: told } } as const;
const up = { target: '#node.active', actions: { type: 'note', params: told } } as const;
const down = { target: '#node.deployFailed', actions: { type: 'note', params: told } } as const;
const blame = { target: '#node.deployFailed', actions: { type: 'blame', params: failureOf } } as const;

/** One node, in Ironic's words; so far the part that a boot needs. */
export const nodeMachine = node.createMachine({
  id: 'node',
  context: ({ input }) => ({ node: input.node, at: 0, fault: null }),
  initial: 'available',
  on: { '*': { actions: 'recordUnexpected' }, 'boot.ramdisk': {} },
  states: {
    available: {
      description: 'Free to be deployed. A boot that nobody asked for makes it active all the same.',
      meta: { tone: 'idle', ironic: 'available' },
      tags: 'stable',
      on: { 'deploy.requested': deploy, 'boot.up': up, 'boot.failed': down },
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
      on: { 'release.requested': release },
    },
    poweringOn: {
      description: 'The node is asked to be on. Its boot may be over before the answer comes.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'the outlet and the BMC; in the emulated rack, free cores' },
      invoke: powerEnsure('on', '#node.booting'),
      on: { 'boot.up': up, 'boot.failed': down, 'release.requested': release },
    },
    booting: {
      description: 'The boot chain is under way; its own machine watches it.',
      meta: { tone: 'busy', ironic: 'wait call-back' },
      on: { 'boot.up': up, 'boot.failed': down, 'release.requested': release },
    },
    active: {
      description: 'The node is up.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      on: { 'deploy.requested': deploy, 'release.requested': release, 'boot.up': up, 'boot.failed': down },
    },
    deployFailed: {
      description: 'The deployment ended before the node was up. A boot that was only slow still makes it active.',
      meta: { tone: 'bad', ironic: 'deploy failed' },
      tags: 'stable',
      on: {
        'deploy.requested': deploy,
        'release.requested': release,
        'boot.up': up,
        'boot.failed': { actions: { type: 'note', params: told } },
      },
    },
    poweringOff: {
      description: 'The node is asked to be off.',
      meta: { tone: 'busy', ironic: 'deleting', check: 'the outlet and the BMC' },
      invoke: powerEnsure('off', '#node.available'),
      on: { 'boot.failed': {}, 'boot.up': {} },
    },
  },
});

function powerEnsure(want: 'on' | 'off', target: string) {
  return {
    id: 'power.ensure',
    src: 'power.ensure',
    input: ({ context }: InContext): EffectInput<'power.ensure'> => ({
      node: context.node,
      want,
      deadlineAt: context.at + ACT_LIMIT_MS.power,
    }),
    onDone: { target, actions: { type: 'note', params: timeOf } },
    onError: blame,
  } as const;
}
