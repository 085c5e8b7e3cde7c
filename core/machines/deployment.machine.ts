import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import { machineId } from '../ids.js';
import { isProven } from '../ports/slots.js';
import {
  failureNews,
  finished,
  initialDeployment,
  newsTo,
  requested,
  routeFrom,
  unproven,
  type DeploymentContext,
  type DeploymentEvent,
  type DeploymentInput,
  type DeploymentRequest,
  type Task,
  type Whereabouts,
} from './deployment-context.js';
import { effectActors } from './effect-actors.js';
import type { StateMeta } from './meta.js';

type InContext = { readonly context: DeploymentContext };
type Answered = { readonly event: { readonly output: Outcome } };
type Unanswered = { readonly event: { readonly error: unknown } };
type Told = { readonly event: DeploymentEvent };
type Asked = { readonly event: DeploymentRequest };
type Failed = { readonly event: { readonly at: number; readonly fault: Failure['fault'] } };
type After = { readonly after: DeploymentContext };
/** `after` is null where the event leads nowhere. */
type Leading = { readonly after: DeploymentContext | null; readonly place: Whereabouts; readonly to: string };
type Tells = { readonly tells: readonly { readonly to: string; readonly event: object }[] };

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
    isOfLun: ({ context }) => context.medium === 'lun',
    isToBoot: ({ context }) => context.boots !== null && context.tasks.length === 0,
    boots: ({ context }, { image }: { readonly image: string }) => context.boots === image,
  },
  actions: {
    become: assign((_, { after }: After) => after),
    note: assign((_, { at }: { readonly at: number }) => ({ at })),
    arrive: assign(({ context }, { at }: { readonly at: number }) => ({ at, runs: context.boots, fault: null })),
    leave: assign({ runs: null }),
    blame: assign((_, { fault, at }: Failure) => ({ fault, at, runs: null })),
    doubt: assign(({ context }, { proof, at }: Outcome<'slot.wipe'>) => ({ fault: unproven(context, proof), at })),
    tell: (_scope, _news: { readonly to: string; readonly event: object }) => {},
    tellAll: (_scope, _news: Tells) => {},
    recordUnexpected: () => {},
  },
});

/** A boot script is a word to our own server; a slot of a real disk has tens of gigabytes. */
const LIMIT_MS = { word: 60_000, disk: 7_200_000 };

const goal = (state: string) => `#deployment.${state}`;
const timeOf = ({ event }: Answered) => ({ at: event.output.at });
const told = ({ event }: Told) => ({ at: event.at });
const failed = { target: goal('failed'), actions: { type: 'blame', params: failureOf } } as const;
const fell = { target: goal('failed'), actions: { type: 'blame', params: faultOf } } as const;

function failureOf({ event }: Unanswered): Failure {
  return event.error as Failure;
}

function faultOf({ event }: Failed): Failure {
  return { fault: event.fault, at: event.at };
}

const ROUTES: Readonly<Record<Whereabouts, readonly string[]>> = {
  ramdisk: ['writing', 'wiping', 'settingDefault', 'inRamdisk', 'scripting.local', 'stopping.rest'],
  lun: ['wipingLun', 'up', 'stopping.local', 'idle'],
  outside: ['scripting.deploy', 'scripting.local', 'wipingLun', 'stopping.wipe', 'stopping.local', 'stopping.rest'],
};

/** A request is taken, and what is first to be done begun. */
function begin(place: Whereabouts) {
  return ROUTES[place].map((to) => {
    const after = ({ context, event }: InContext & Asked) => ({ after: requested(context, event), place, to });
    // A node that only has another image's LUN wiped stays up in its own.
    const parting = to === 'wipingLun' ? [] : [leaving, 'leave' as const];
    return {
      guard: { type: 'leads', params: after },
      target: goal(to),
      reenter: true,
      actions: [...parting, { type: 'become', params: after }],
    } as const;
  });
}

/** Who is told that the node does not run its image any more. */
const leaving = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Told) =>
    newsTo(context.runs, context, { type: 'deployment.left', at: event.at }),
} as const;

const begins = (place: Whereabouts) => ({
  'write.requested': begin(place),
  'start.requested': begin(place),
  'takeOff.requested': begin(place),
});

/** A request that comes while the node is at work is kept for when that is done. */
const kept = {
  actions: { type: 'become', params: ({ context, event }: InContext & Asked) => ({ after: requested(context, event) }) },
} as const;

/** A task is done: its image is told, and the next is begun. */
function done(what: Task['do'], place: Whereabouts) {
  const news = { type: 'tellAll', params: (scope: InContext & Answered) => doneNews(what, scope) } as const;
  return ROUTES[place].map((to) => {
    const after = ({ context, event }: InContext & Answered) => ({ after: finished(context, what, event.output) });
    const leads = (scope: InContext & Answered) => ({
      ...(isSound(scope.event.output) ? after(scope) : { after: null }),
      place,
      to,
    });
    return {
      guard: { type: 'leads', params: leads },
      target: goal(to),
      reenter: true,
      actions: [news, { type: 'become', params: after }],
    } as const;
  });
}

/** A wipe is done when what was read back shows that nothing is left. */
function isSound(output: Outcome): boolean {
  return !('proof' in output) || isProven(output.proof);
}

function doneNews(what: Task['do'], { context, event }: InContext & Answered): Tells {
  const { output } = event;
  if ('proof' in output) {
    const task = context.tasks.find((candidate) => candidate.do === 'wipe');
    const { proof, at } = output;
    const news = { type: 'deployment.wiped', at, slot: task?.slot ?? null, proof };
    return newsTo(task?.image ?? null, context, news);
  }
  const image = what === 'write' && 'image' in output ? output.image : null;
  return newsTo(image, context, { type: 'deployment.ready', at: output.at });
}

/** A wipe that proves nothing has failed: the node is given to nobody. */
function wiped(place: Whereabouts) {
  const proof = ({ event }: Answered) => event.output as Outcome<'slot.wipe'>;
  return [...done('wipe', place), { target: goal('failed'), actions: { type: 'doubt', params: proof } }] as const;
}

const wordAt = (context: DeploymentContext): number => context.at + LIMIT_MS.word;
const diskAt = (context: DeploymentContext): number => context.at + LIMIT_MS.disk;

/** The first task, which the state at hand is for. */
function slotOf({ tasks }: DeploymentContext): number {
  return tasks[0]?.slot ?? 0;
}

function script(which: 'deploy' | 'local', next: string) {
  return {
    id: 'bootScript.ensure',
    src: 'bootScript.ensure',
    input: ({ context }: InContext): EffectInput<'bootScript.ensure'> => {
      return { node: context.node, script: which, deadlineAt: wordAt(context) };
    },
    onDone: { target: goal(next), actions: { type: 'note', params: timeOf } },
    onError: failed,
  } as const;
}

/** The node's own machine has the power: it is told, and tells when that is done. */
function ask(type: 'release.requested' | 'deploy.requested') {
  return {
    type: 'tell',
    params: ({ context }: InContext) => ({ to: machineId('node', context.node), event: { type, at: context.at } }),
  } as const;
}

/** Off, be it only for a moment. */
function stopped(next: string) {
  return {
    'node.off': { target: goal(next), actions: { type: 'note', params: told } },
    'node.failed': fell,
  } as const;
}

/** A node that shows no sign at all has no deadline of its own: it is waited for as long as patience lasts. */
const patience = {
  id: 'time.await',
  src: 'time.await',
  input: ({ context }: InContext): EffectInput<'time.await'> => {
    return { until: context.at + context.patience_ms, deadlineAt: null };
  },
  onDone: { target: goal('failed'), actions: { type: 'blame', params: neverCame } },
  onError: failed,
} as const;

function neverCame({ context, event }: InContext & Answered): Failure {
  const fault = { code: 'DPL-002', kind: 'node.neverCame', node: context.node, waited_ms: context.patience_ms } as const;
  return { fault, at: event.output.at };
}

const up = { target: goal('up'), actions: [{ type: 'arrive', params: told }] } as const;
const lost = { 'node.failed': fell, 'node.down': fell } as const;

/** The node has come where it can be worked on: on to what is first to be done. */
function onward(place: Whereabouts) {
  return ROUTES[place].map((to) => {
    const after = ({ context, event }: InContext & Told) => ({ after: { ...context, at: event.at }, place, to });
    return {
      guard: { type: 'leads', params: after },
      target: goal(to),
      actions: { type: 'become', params: after },
    } as const;
  });
}

const upNews = ({ context }: InContext) =>
  newsTo(context.runs, context, { type: 'deployment.running', at: context.at });
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
          on: stopped('idle'),
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
          on: { 'node.ramdisk': onward('ramdisk'), ...lost },
        },
        image: {
          description: 'The node boots into its image.',
          meta: { tone: 'busy', ironic: 'wait call-back', check: "the node's boot chain" },
          entry: ask('deploy.requested'),
          invoke: patience,
          on: {
            'node.up': [{ guard: 'isToBoot', ...up }, ...onward('outside')],
            // The LUN of another set is seen at the next boot only.
            'start.requested': { guard: 'isOfLun', target: goal('stopping.local'), ...kept },
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
      on: { ...begins('outside'), ...lost },
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
