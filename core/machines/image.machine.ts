import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Medium } from '../ports/image.js';
import { effectActors } from './effect-actors.js';
import {
  begin,
  booting,
  initialImage,
  refused,
  routeOf,
  takeAway,
  withdrawn,
  type ImageContext,
  type ImageEvent,
  type ImageInput,
  type ImageTells,
} from './image-context.js';
import {
  deploy,
  failureOf,
  goal,
  handIn,
  kept,
  launched,
  LIMIT_MS,
  news,
  noting,
  ofBefore,
  onItsWay,
  passes,
  rollingBack,
  standing,
  takenBack,
  takeOff,
  timeOf,
  validate,
  waits,
  type After,
  type InContext,
  type Leading,
} from './image-moves.js';
import type { StateMeta } from './meta.js';

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
    /** Every node that it was begun on is proven free of it. */
    isGone: ({ context }) => context.nodes.every(({ is }) => is === 'wiped'),
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
    boot: assign(({ context }) => ({ nodes: booting(context) })),
    withdraw: assign(({ context }) => ({ nodes: withdrawn(context) })),
    tellAll: (_scope, _news: ImageTells) => {},
    recordUnexpected: () => {},
  },
});

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
      on: { ...ofBefore, 'takeOff.requested': takeOff },
    },
    deploying: {
      initial: 'both',
      states: {
        both: {
          description: 'LUNs are staged and slots written.',
          meta: waits,
          entry: passes('deploying.both'),
          on: onItsWay,
        },
        lun: {
          description: 'LUNs are staged; no slot is asked for.',
          meta: waits,
          entry: passes('deploying.lun'),
          on: onItsWay,
        },
        slot: {
          description: 'Slots are written; no LUN is asked for.',
          meta: waits,
          entry: passes('deploying.slot'),
          on: onItsWay,
        },
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
      entry: [passes('starting'), 'boot', { type: 'tellAll', params: ({ context }: InContext) => begin(context) }],
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
      entry: [
        passes('takingOff'),
        'withdraw',
        { type: 'tellAll', params: ({ context }: InContext) => takeAway(context) },
      ],
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
