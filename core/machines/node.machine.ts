import { assign, setup } from 'xstate';
import { effectActors } from './effect-actors.js';
import type { Failure } from '../effects/catalog.js';
import type { BootOrder } from '../ports/boot-device.js';
import type { StateMeta } from './meta.js';
import {
  bootDeviceInput,
  endOf,
  failureOf,
  faultOf,
  initialNode,
  orderOf,
  powerInput,
  reasonOf,
  tells,
  timeOf,
  told,
  verifiedOf,
  verifyInput,
  type Answered,
  type Blame,
  type InContext,
  type NodeContext,
  type NodeEvent,
  type NodeInput,
  type Tells,
  type Told,
  type Verified,
} from './node-context.js';

type Ordered = Told & { readonly order: BootOrder | null };
type Reasoned = Told & { readonly reason: string };

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
    mayBeOn: ({ context }) => context.mayBeOn,
  },
  actions: {
    note: assign((_, { at }: Told) => ({ at, fault: null })),
    blame: assign((_, { failure: { at, fault } }: { readonly failure: Failure }) => ({ at, fault, reason: null })),
    blameBoot: assign((_, { at, fault }: Blame) => ({ at, fault, mayBeOn: fault.kind !== 'power.lost' })),
    switchOn: assign(() => ({ mayBeOn: true })),
    switchOff: assign((_, { at }: Told) => ({ at, fault: null, mayBeOn: false })),
    order: assign((_, { at, order }: Ordered) => ({ at, order, fault: null })),
    giveReason: assign((_, { at, reason }: Reasoned) => ({ at, fault: null, reason })),
    // What a BMC says is on is on; what it says is off may be so, and may not.
    keepNotes: assign(({ context: { mayBeOn } }, { at, notes, isOn }: Verified) => {
      return { at, fault: null, notes, mayBeOn: mayBeOn || isOn };
    }),
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

const deploy = { target: '#node.settingBootDevice', actions: { type: 'order', params: orderOf } } as const;
const enroll = { target: '#node.enrolled', actions: { type: 'note', params: told } } as const;
const manage = { target: '#node.verifying', actions: { type: 'note', params: told } } as const;
const cycle = { target: '#node.restarting', actions: { type: 'note', params: told } } as const;
const rest = { target: '#node.maintenance', actions: { type: 'giveReason', params: reasonOf } } as const;
const release = { target: '#node.poweringOff', actions: { type: 'note', params: told } } as const;
const up = { target: '#node.active', actions: { type: 'note', params: told } } as const;
const blameBoot = { type: 'blameBoot', params: endOf } as const;
const down = { target: '#node.deployFailed', actions: blameBoot } as const;
const freshDown = { guard: { type: 'isFresh', params: told }, ...down } as const;
const noted = { type: 'note', params: timeOf } as const;
const switchOff = { type: 'switchOff', params: timeOf } as const;
const blame = { target: '#node.deployFailed', actions: { type: 'blame', params: failureOf } } as const;

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
/** Nothing is asked of it, so whatever boots there is not ours. */
const notOurs = { 'boot.up': {}, 'boot.failed': {} } as const;
const lost = { actions: passOn('node.down') } as const;

/** One node, in Ironic's words. What has no BMC has nothing to verify, and is available from the start. */
export const nodeMachine = node.createMachine({
  id: 'node',
  context: ({ input }) => initialNode(input),
  initial: 'available',
  on: { '*': { actions: 'recordUnexpected' }, 'boot.ramdisk': {}, 'boot.off': {} },
  states: {
    available: {
      description: 'Free to be deployed. A boot that nobody asked for makes it active all the same.',
      meta: { tone: 'idle', ironic: 'available' },
      tags: 'stable',
      on: {
        'enroll.requested': enroll,
        'manage.requested': manage,
        'maintenance.requested': rest,
        'deploy.requested': deploy,
        'cycle.requested': cycle,
        'release.requested': release,
        'boot.up': up,
        'boot.failed': [freshDown, {}],
      },
    },
    enrolled: {
      description: 'Known from the site file; its BMC was not asked for anything yet.',
      meta: { tone: 'idle', ironic: 'enroll' },
      tags: 'stable',
      on: { ...notOurs, 'manage.requested': manage, 'maintenance.requested': rest },
    },
    verifying: {
      description: 'Its BMC has to answer, to let us in, and to take a boot device.',
      meta: { tone: 'busy', ironic: 'verifying', check: "the BMC's cable, address, user and password" },
      invoke: {
        id: 'bmc.verify',
        src: 'bmc.verify',
        input: verifyInput,
        onDone: { target: '#node.manageable', actions: { type: 'keepNotes', params: verifiedOf } },
        onError: { target: '#node.maintenance', actions: { type: 'blame', params: failureOf } },
      },
      on: { ...notOurs, 'manage.requested': {}, 'maintenance.requested': rest },
    },
    manageable: {
      description: 'Its BMC does what it is told; the node was not given to anybody yet.',
      meta: { tone: 'idle', ironic: 'manageable' },
      tags: 'stable',
      on: {
        ...notOurs,
        'provide.requested': { target: '#node.available', actions: { type: 'note', params: told } },
        'manage.requested': manage,
        'maintenance.requested': rest,
      },
    },
    maintenance: {
      description: 'Nobody gets it: an operator has asked for that, or its BMC failed when it was verified.',
      meta: { tone: 'bad', ironic: 'maintenance', check: 'the reason; then ask for it to be managed again' },
      tags: 'stable',
      on: { ...notOurs, 'manage.requested': manage, 'maintenance.requested': rest },
    },
    settingBootDevice: {
      description: 'The firmware is told what to boot from: the network, unless somebody says another device.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'that the BMC answers' },
      invoke: {
        id: 'bootDevice.ensure',
        src: 'bootDevice.ensure',
        input: bootDeviceInput,
        onDone: [
          { guard: 'mayBeOn', target: '#node.restarting', actions: noted },
          { target: '#node.poweringOn', actions: noted },
        ],
        onError: blame,
      },
      // What a boot before this one still has to say.
      on: { 'release.requested': release, 'boot.up': {}, 'boot.failed': {} },
    },
    poweringOn: {
      description: 'The node is asked to be on. Its boot may be over before the answer comes.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'the outlet and the BMC; in the emulated rack, free cores' },
      entry: 'switchOn',
      invoke: powerEnsure('on', { target: '#node.booting', actions: noted }),
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
      entry: ['switchOn', news('node.up')],
      on: {
        'deploy.requested': deploy,
        'cycle.requested': cycle,
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
        'cycle.requested': cycle,
        'manage.requested': manage,
        'maintenance.requested': rest,
        'release.requested': release,
        'boot.up': up,
        'boot.ramdisk': inRamdisk,
        'boot.failed': { actions: blameBoot },
      },
    },
    restarting: {
      description: 'The node is asked to be off, and then to be on again: a power cycle made of two levels.',
      meta: { tone: 'busy', ironic: 'rebooting', check: 'the outlet and the BMC' },
      invoke: powerEnsure('off', { target: '#node.poweringOn', actions: switchOff }),
      on: { 'boot.failed': {}, 'boot.up': {}, 'release.requested': release },
    },
    poweringOff: {
      description: 'The node is asked to be off.',
      meta: { tone: 'busy', ironic: 'deleting', check: 'the outlet and the BMC' },
      invoke: powerEnsure('off', { target: '#node.available', actions: [switchOff, offNews] }),
      on: { 'boot.failed': {}, 'boot.up': {}, 'release.requested': {} },
    },
  },
});

function powerEnsure<T>(want: 'on' | 'off', onDone: T) {
  return {
    id: 'power.ensure',
    src: 'power.ensure',
    input: powerInput(want),
    onDone,
    onError: blame,
  } as const;
}
