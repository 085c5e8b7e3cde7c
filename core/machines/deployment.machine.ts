import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import {
  failureNews,
  initialDeployment,
  routeFrom,
  unproven,
  type DeploymentContext,
  type DeploymentEvent,
  type DeploymentInput,
} from './deployment-context.js';
import {
  ask,
  begin,
  begins,
  diskAt,
  done,
  drops,
  failed,
  kept,
  keptBehind,
  lost,
  lostBeside,
  onward,
  script,
  slotOf,
  startsAnew,
  startsInPlace,
  takesOff,
  stopped,
  up,
  upNews,
  wiped,
  type After,
  type InContext,
  type Leading,
  type Tells,
} from './deployment-moves.js';
import { patience, strayed } from './deployment-waits.js';
import { effectActors } from './effect-actors.js';
import type { StateMeta } from './meta.js';

const deployment = setup({
  types: {
    context: {} as DeploymentContext,
    events: {} as DeploymentEvent,
    input: {} as DeploymentInput,
    meta: {} as StateMeta,
  },
  actors: effectActors,
  guards: {
    leads: (_, { after, place, to }: Leading) => after !== null && routeFrom(place, after) === to,
    isToBoot: ({ context }) => context.boots !== null && context.tasks.length === 0,
    staysUp: (_, { after }: After) => after.tasks.length === 0 && after.intent === 'boot' && after.boots === after.runs,
    isUpIn: ({ context }, { image }: { readonly image: string }) => context.runs === image,
    isOther: ({ context }, { image }: { readonly image: string }) =>
      context.medium === 'lun' && context.boots !== image,
  },
  actions: {
    become: assign((_, { after }: After) => after),
    note: assign((_, { at }: { readonly at: number }) => ({ at })),
    arrive: assign(({ context }, { at }: { readonly at: number }) => ({ at, runs: context.boots, fault: null })),
    leave: assign(() => ({ runs: null })),
    blame: assign((_, { fault, at }: Failure) => ({ fault, at, runs: null })),
    doubt: assign(({ context }, { proof, at }: Outcome<'slot.wipe'>) => ({ fault: unproven(context, proof), at })),
    tell: (_scope, _news: { readonly to: string; readonly event: object }) => {},
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

const failedNews = ({ context }: InContext) => failureNews(context);

/** One node on its way to what images ask of it: its LUN or slot filled, itself rebooted into it, all of it wiped. */
export const deploymentMachine = deployment.createMachine({
  id: 'deployment',
  context: ({ input }) => initialDeployment(input),
  initial: 'idle',
  on: {
    '*': { actions: 'recordUnexpected' },
    'write.requested': kept,
    'start.requested': kept,
    'takeOff.requested': kept,
    'drop.requested': kept,
    'keep.requested': kept,
    'retry.requested': {},
    // What the node does by itself is for the states that wait for it.
    'node.up': {},
    'node.off': {},
    'node.ramdisk': {},
    'node.failed': {},
    'node.down': {},
  },
  states: {
    idle: {
      description: 'Nothing is asked of the node.',
      meta: { tone: 'idle', ironic: 'available' },
      tags: 'stable',
      on: begins('outside'),
    },
    scripting: {
      initial: 'deploy',
      states: {
        deploy: {
          description: "The node's boot script is set to lead into the deploy ramdisk.",
          meta: { tone: 'busy', ironic: 'deploying', check: 'that the boot script is served' },
          invoke: script('deploy', 'stopping.deploy'),
        },
        local: {
          description: "The node's boot script is set to lead to its own disk.",
          meta: { tone: 'busy', ironic: 'deploying', check: 'that the boot script is served' },
          invoke: script('local', 'stopping.local'),
        },
      },
    },
    stopping: {
      initial: 'deploy',
      states: {
        deploy: {
          description: 'The node is powered off, to be booted into its ramdisk.',
          meta: { tone: 'busy', ironic: 'deploying', check: 'the node machine: its BMC may not answer' },
          entry: ask('release.requested'),
          on: stopped('starting.ramdisk'),
        },
        local: {
          description: 'The node is powered off, to be booted into its image.',
          meta: { tone: 'busy', ironic: 'deploying', check: 'the node machine: its BMC may not answer' },
          entry: ask('release.requested'),
          on: stopped('starting.image'),
        },
        wipe: {
          description: 'The node is powered off before its LUN is wiped.',
          meta: { tone: 'busy', ironic: 'cleaning', check: 'the node machine: its BMC may not answer' },
          entry: ask('release.requested'),
          on: stopped('wipingLun'),
        },
        rest: {
          description: 'The node is powered off; nothing more is asked of it.',
          meta: { tone: 'busy', ironic: 'deleting', check: 'the node machine: its BMC may not answer' },
          entry: ask('release.requested'),
          on: { ...stopped('idle'), 'node.off': onward('off') },
        },
      },
    },
    starting: {
      initial: 'ramdisk',
      states: {
        ramdisk: {
          description: 'The node boots into its deploy ramdisk.',
          meta: { tone: 'busy', ironic: 'wait call-back', check: "the node's boot chain" },
          entry: ask('deploy.requested'),
          invoke: patience,
          // Firmware that gets nothing from the network goes on to the local disk.
          on: { 'node.ramdisk': onward('ramdisk'), 'node.up': strayed, ...lost },
        },
        image: {
          description: 'The node boots into its image.',
          meta: { tone: 'busy', ironic: 'wait call-back', check: "the node's boot chain" },
          entry: ask('deploy.requested'),
          invoke: patience,
          on: {
            'node.up': [{ guard: 'isToBoot', ...up }, ...onward('outside')],
            'start.requested': startsAnew,
            ...lost,
          },
        },
      },
    },
    writing: {
      description: 'The ramdisk writes an image into a slot of its disk.',
      meta: { tone: 'busy', ironic: 'deploying', check: "the ramdisk's console and the store's sender" },
      invoke: {
        id: 'slot.write',
        src: 'slot.write',
        input: ({ context }: InContext): EffectInput<'slot.write'> => {
          const [task] = context.tasks;
          const among = task?.do === 'write' ? task.among : [];
          const { node } = context;
          return { node, slot: slotOf(context), image: task?.image ?? '', among, deadlineAt: diskAt(context) };
        },
        onDone: done('write', 'ramdisk'),
        onError: failed,
      },
      on: lost,
    },
    settingDefault: {
      description: "The ramdisk sets the slot that the disk's first boot loader starts.",
      meta: { tone: 'busy', ironic: 'deploying', check: "the ramdisk's console" },
      invoke: {
        id: 'slot.default',
        src: 'slot.default',
        input: ({ context }: InContext): EffectInput<'slot.default'> => {
          return { node: context.node, slot: slotOf(context), deadlineAt: diskAt(context) };
        },
        onDone: done('default', 'ramdisk'),
        onError: failed,
      },
      on: lost,
    },
    wiping: {
      description: 'The ramdisk clears a slot and reads it back.',
      meta: { tone: 'busy', ironic: 'cleaning', check: "the ramdisk's console" },
      invoke: {
        id: 'slot.wipe',
        src: 'slot.wipe',
        input: ({ context }: InContext): EffectInput<'slot.wipe'> => {
          return { node: context.node, slot: slotOf(context), deadlineAt: diskAt(context) };
        },
        onDone: wiped('ramdisk'),
        onError: failed,
      },
      on: lost,
    },
    wipingLun: {
      description: "The node's clones of an image are cleared and read back.",
      meta: { tone: 'busy', ironic: 'cleaning', check: 'the LUN store' },
      invoke: {
        id: 'lun.wipe',
        src: 'lun.wipe',
        input: ({ context }: InContext): EffectInput<'lun.wipe'> => {
          return { node: context.node, image: context.tasks[0]?.image ?? '', deadlineAt: diskAt(context) };
        },
        onDone: wiped('lun'),
        onError: failed,
      },
      on: { ...lostBeside, 'keep.requested': keptBehind },
    },
    inRamdisk: {
      description: 'The slots are as they were asked to be; the node waits in its ramdisk for the others.',
      meta: { tone: 'good', ironic: 'deploy hold' },
      tags: 'stable',
      on: { ...begins('ramdisk'), 'drop.requested': begin('ramdisk'), ...lost },
    },
    up: {
      description: 'The node is up in its image.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      entry: { type: 'tellAll', params: upNews },
      on: {
        ...begins('outside'),
        'start.requested': startsInPlace,
        'takeOff.requested': takesOff,
        'drop.requested': drops,
        ...lost,
      },
    },
    failed: {
      description: 'The node failed on the way; the context says why, and what is still to be done.',
      meta: { tone: 'bad', ironic: 'deploy failed' },
      tags: 'stable',
      entry: { type: 'tellAll', params: failedNews },
      on: {
        ...begins('outside'),
        'retry.requested': begin('outside'),
        'drop.requested': begin('outside'),
        'node.ramdisk': onward('ramdisk'),
        'node.up': { guard: 'isToBoot', ...up },
      },
    },
  },
});
