import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import { machineId } from '../ids.js';
import { isProven } from '../ports/wipe-proof.js';
import {
  displacedBy,
  finished,
  isAbsent,
  isFreeOf,
  newsTo,
  requested,
  type DeploymentContext,
  type DeploymentEvent,
  type DeploymentRequest,
  type Task,
  type Whereabouts,
} from './deployment-context.js';

export type InContext = { readonly context: DeploymentContext };
export type Answered = { readonly event: { readonly output: Outcome } };
type Unanswered = { readonly event: { readonly error: unknown } };
export type Told = { readonly event: DeploymentEvent };
type Asked = { readonly event: DeploymentRequest };
type Failed = { readonly event: { readonly at: number; readonly fault: Failure['fault'] } };
export type After = { readonly after: DeploymentContext };
/** `after` is null where the event leads nowhere. */
export type Leading = { readonly after: DeploymentContext | null; readonly place: Whereabouts; readonly to: string };
export type Tells = { readonly tells: readonly { readonly to: string; readonly event: object }[] };

/** A boot script is a word to our own server; a slot of a real disk has tens of gigabytes. */
const LIMIT_MS = { word: 60_000, disk: 7_200_000 };

export const goal = (state: string) => `#deployment.${state}`;
const timeOf = ({ event }: Answered) => ({ at: event.output.at });
const told = ({ event }: Told) => ({ at: event.at });
export const failed = { target: goal('failed'), actions: { type: 'blame', params: failureOf } } as const;
const fell = { target: goal('failed'), actions: { type: 'blame', params: faultOf } } as const;

function failureOf({ event }: Unanswered): Failure {
  return event.error as Failure;
}

function faultOf({ event }: Failed): Failure {
  return { fault: event.fault, at: event.at };
}

const ROUTES: Readonly<Record<Whereabouts, readonly string[]>> = {
  ramdisk: ['writing', 'wiping', 'settingDefault', 'inRamdisk', 'scripting.local', 'stopping.rest'],
  off: ['scripting.deploy', 'scripting.local', 'wipingLun', 'stopping.local', 'idle'],
  lun: ['wipingLun', 'stopping.wipe', 'up', 'stopping.local', 'stopping.rest', 'idle'],
  outside: ['scripting.deploy', 'scripting.local', 'wipingLun', 'stopping.wipe', 'stopping.local', 'stopping.rest'],
};

/** A request is taken, and what is first to be done begun. */
export function begin(place: Whereabouts) {
  return ROUTES[place].map((to) => {
    const after = ({ context, event }: InContext & Asked) => ({ after: requested(context, event), place, to });
    // A node that only has another image's LUN wiped stays up in its own.
    const parting = to === 'wipingLun' ? [] : [leaving, 'leave' as const];
    return {
      guard: { type: 'leads', params: after },
      target: goal(to),
      reenter: true,
      actions: [displacing, denying, ...parting, { type: 'become', params: after }],
    } as const;
  });
}

/** Who is told that the node does not run its image any more. */
const leaving = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Told) =>
    newsTo(context.runs, context, { type: 'deployment.left', at: event.at }),
} as const;
const left = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Answered) =>
    newsTo(context.runs, context, { type: 'deployment.left', at: event.output.at }),
} as const;

/** An image that waits for the node to boot it is told that it waits in vain. */
const displacing = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Asked) =>
    newsTo(displacedBy(context, event), context, { type: 'deployment.left', at: event.at }),
} as const;

/** One that is to be taken off a node that does not hold it is off it: nothing had to be wiped. */
const denying = {
  type: 'tellAll',
  params: ({ context, event }: InContext & Asked): Tells => {
    if (event.type !== 'takeOff.requested' || !isAbsent(context, event)) return { tells: [] };
    const proof = { size_bytes: 0, read_bytes: 0, isZero: true };
    const { at, slot } = event;
    const news = { type: 'deployment.wiped', at, slot, proof, isGone: true };
    return newsTo(event.image, context, news);
  },
} as const;

export const begins = (place: Whereabouts) => ({
  'write.requested': begin(place),
  'start.requested': begin(place),
  'takeOff.requested': begin(place),
});

/** A request that comes while the node is at work is kept for when that is done. */
export const kept = {
  actions: [
    displacing,
    denying,
    {
      type: 'become',
      params: ({ context, event }: InContext & Asked) => ({ after: requested(context, event) }),
    },
  ],
} as const;

/** The node is up in the image already. */
const isThere = {
  guard: { type: 'isUpIn', params: ({ event }: Asked) => ({ image: 'image' in event ? event.image : '' }) },
  actions: { type: 'tellAll', params: upNews },
} as const;
/** The LUN of another image is seen at the next boot only. */
export const startsAnew = {
  guard: { type: 'isOther', params: ({ event }: Asked) => ({ image: 'image' in event ? event.image : '' }) },
  target: goal('stopping.local'),
  ...kept,
} as const;
export const startsInPlace = [isThere, ...begin('outside')] as const;
/** What is not on the node is taken off it without a reboot. */
const staysUp = {
  guard: {
    type: 'staysUp',
    params: ({ context, event }: InContext & Asked) => ({ after: requested(context, event) }),
  },
  ...kept,
} as const;
export const takesOff = [staysUp, ...begin('outside')] as const;
/** One that it is up in is not to be booted any more. */
export const drops = begin('outside').map(({ guard, ...row }) => {
  const given = ({ context, event }: InContext & Asked) => {
    const isIt = event.type === 'drop.requested' && event.image === context.runs;
    return isIt ? guard.params({ context, event }) : { ...guard.params({ context, event }), after: null };
  };
  return { ...row, guard: { type: 'leads', params: given } } as const;
});

export function upNews({ context }: InContext): Tells {
  return newsTo(context.runs, context, { type: 'deployment.running', at: context.at });
}

/** The same, behind the task that is being done: what is being wiped is not kept any more. */
export const keptBehind = {
  actions: {
    type: 'become',
    params: ({ context, event }: InContext & Asked) => {
      const { tasks, ...after } = requested({ ...context, tasks: context.tasks.slice(1) }, event);
      return { after: { ...after, tasks: [...context.tasks.slice(0, 1), ...tasks] } };
    },
  },
} as const;

/** A task is done: its image is told, and the next is begun. */
export function done(what: Task['do'], place: Whereabouts) {
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
      actions: [
        news,
        ...(to.startsWith('stopping.') ? [left, 'leave' as const] : []),
        { type: 'become', params: after },
      ],
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
    if (task === undefined) return { tells: [] };
    const { proof, at } = output;
    const { image, slot } = task;
    const isGone = isFreeOf(finished(context, 'wipe', output), image);
    const news = { type: 'deployment.wiped', at, slot, proof, isGone };
    return newsTo(image, context, news);
  }
  // A write that nobody wants any more makes nothing ready.
  const isWanted = ({ do: is, image, slot }: Task): boolean =>
    is === 'write' && 'slot' in output && 'image' in output && image === output.image && slot === output.slot;
  const image = what === 'write' ? (context.tasks.find(isWanted)?.image ?? null) : null;
  return newsTo(image, context, { type: 'deployment.ready', at: output.at });
}

/** A wipe that proves nothing has failed: the node is given to nobody. */
export function wiped(place: Whereabouts) {
  const proof = ({ event }: Answered) => event.output as Outcome<'slot.wipe'>;
  return [...done('wipe', place), { target: goal('failed'), actions: { type: 'doubt', params: proof } }] as const;
}

const wordAt = (context: DeploymentContext): number => context.at + LIMIT_MS.word;
export const diskAt = (context: DeploymentContext): number => context.at + LIMIT_MS.disk;

/** The first task, which the state at hand is for. */
export function slotOf({ tasks }: DeploymentContext): number {
  return tasks[0]?.slot ?? 0;
}

export function script(which: 'deploy' | 'local', next: string) {
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
export function ask(type: 'release.requested' | 'deploy.requested') {
  return {
    type: 'tell',
    params: ({ context }: InContext) => ({ to: machineId('node', context.node), event: { type, at: context.at } }),
  } as const;
}

/** Off, be it only for a moment. */
export function stopped(next: string) {
  return {
    'node.off': { target: goal(next), actions: { type: 'note', params: told } },
    'node.failed': fell,
  } as const;
}

export const up = { target: goal('up'), actions: [{ type: 'arrive', params: told }] } as const;
export const lost = { 'node.failed': fell, 'node.down': fell } as const;
/** The node was up beside a LUN that is being wiped: the wipe goes on, and then the node is booted anew. */
const slipped = {
  actions: [
    {
      type: 'tellAll',
      params: ({ context, event }: InContext & Failed) => {
        const { at, fault } = event;
        return newsTo(context.runs, context, { type: 'deployment.failed', at, fault });
      },
    },
    'leave',
  ],
} as const;
export const lostBeside = { 'node.failed': slipped, 'node.down': slipped } as const;

/** The node has come where it can be worked on: on to what is first to be done. */
export function onward(place: Whereabouts) {
  return ROUTES[place].map((to) => {
    const after = ({ context, event }: InContext & Told) => ({ after: { ...context, at: event.at }, place, to });
    return {
      guard: { type: 'leads', params: after },
      target: goal(to),
      actions: { type: 'become', params: after },
    } as const;
  });
}
