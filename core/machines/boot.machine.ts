import { assign, setup } from 'xstate';
import { effectActors } from './effect-actors.js';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import { STAGES, type Evidence, type Stage } from '../evidence.js';
import { machineId } from '../ids.js';
import { arrive, end, giveUp, heed, initialBoot, rest, type BootContext, type BootInput } from './boot-context.js';
import type { StateMeta } from './meta.js';

type Came = { readonly evidence: Evidence };
type Answered = { readonly event: { readonly output: Outcome<'boot.await'> } };
type Unanswered = { readonly event: { readonly error: unknown } };
type InContext = { readonly context: BootContext };
const came = ({ event }: Answered): Came => ({ evidence: event.output.evidence });

const boot = setup({
  types: {
    context: {} as BootContext,
    events: {} as { readonly type: 'boot.never' },
    input: {} as BootInput,
    meta: {} as StateMeta,
  },
  actors: effectActors,
  guards: {
    reaches: (_, { evidence, stage }: Came & { readonly stage: Stage }) =>
      evidence.kind === 'reached' && evidence.stage === stage,
    ends: (_, { evidence }: Came) => evidence.kind === 'ended',
  },
  actions: {
    arrive: assign(({ context }, { evidence, stage }: Came & { readonly stage: Stage }) =>
      arrive(context, evidence, stage),
    ),
    rest: assign((_, { evidence }: Came) => rest(evidence)),
    heed: assign(({ context }, { evidence }: Came) => heed(context, evidence)),
    end: assign(({ context }, { evidence }: Came) => end(context, evidence)),
    giveUp: assign(({ context }, { failure }: { readonly failure: Failure }) => giveUp(context, failure)),
    tell: (_scope, _news: { readonly to: string; readonly event: object }) => {},
    recordUnexpected: () => {},
  },
});

const STARTS = STAGES.filter((stage) => stage !== 'off');
const to = (state: Stage | 'failed') => `#boot.${state}`;
const failure = ({ event }: Unanswered) => ({ failure: event.error as Failure });

/** Every state watches: the rest states for a new boot, the stages for the next one. The wait ends with the stage. */
const watch = {
  id: 'boot.await',
  src: 'boot.await',
  input: ({ context }: InContext): EffectInput<'boot.await'> => ({
    node: context.node,
    after: context.after,
    deadlineAt: context.deadlineAt,
  }),
} as const;

const lost = { target: to('failed'), actions: { type: 'giveUp', params: failure } } as const;
const ended = {
  guard: { type: 'ends', params: came },
  target: to('failed'),
  actions: { type: 'end', params: came },
} as const;

/** On to `stage`, from wherever. */
function at(stage: Stage) {
  const seen = ({ event }: Answered) => ({ evidence: event.output.evidence, stage });
  return {
    guard: { type: 'reaches', params: seen },
    target: to(stage),
    actions: { type: 'arrive', params: seen },
  } as const;
}

function powerOff(target: 'off' | 'failed', action: 'rest' | 'end') {
  const seen = ({ event }: Answered) => ({ evidence: event.output.evidence, stage: 'off' as const });
  return {
    guard: { type: 'reaches', params: seen },
    target: to(target),
    actions: { type: action, params: came },
  } as const;
}

/** Stays, and waits on for what comes after this evidence. */
function heeded(state: Stage | 'failed') {
  return { target: to(state), reenter: true, actions: { type: 'heed', params: came } } as const;
}

/** A stage that is under way: on to any other that evidence names (the next one first), or to `failed`. */
function underWay(stage: Exclude<Stage, 'off'>) {
  const rank = STARTS.indexOf(stage);
  const others = [...STARTS.slice(rank + 1), ...STARTS.slice(0, rank)].map(at);
  return { ...watch, onDone: [...others, powerOff('failed', 'end'), ended, heeded(stage)], onError: lost };
}

const news = (context: BootContext, type: 'boot.up' | 'boot.failed') => ({
  to: machineId('node', context.node),
  event: { type, at: context.enteredAt },
});

/** One node's boot chain. Each state is entered on evidence, never by assumption; see `passed` for what went unseen. */
export const bootMachine = boot.createMachine({
  id: 'boot',
  context: ({ input }) => initialBoot(input),
  initial: 'off',
  on: { '*': { actions: 'recordUnexpected' } },
  states: {
    off: {
      description: 'Power is off, as far as anybody has seen.',
      meta: { tone: 'idle', ironic: 'power off' },
      tags: 'stable',
      invoke: { ...watch, onDone: [...STARTS.map(at), heeded('off')], onError: lost },
    },
    firmware: {
      description: 'Power is on; the firmware tests itself and starts the network boot.',
      meta: { tone: 'busy', check: 'the console for the firmware banner, and the boot order' },
      invoke: underWay('firmware'),
    },
    pxe: {
      initial: 'dhcp',
      states: {
        dhcp: {
          description: "The NIC's PXE ROM asks for an address and a boot file.",
          meta: { tone: 'busy', check: 'that DHCP answers this MAC address with next-server and boot file' },
          invoke: underWay('pxe.dhcp'),
        },
        tftp: {
          description: 'The NIC loads the boot file by TFTP.',
          meta: { tone: 'busy', check: 'that the boot file is in the TFTP root' },
          invoke: underWay('pxe.tftp'),
        },
      },
    },
    ipxe: {
      initial: 'dhcp',
      states: {
        dhcp: {
          description: 'The loaded iPXE asks for an address and its root path.',
          meta: { tone: 'busy', check: 'that DHCP answers user class iPXE with a root path' },
          invoke: underWay('ipxe.dhcp'),
        },
      },
    },
    iscsi: {
      initial: 'login',
      states: {
        login: {
          description: 'iPXE logs in to its LUN.',
          meta: { tone: 'busy', check: "the target's access list and CHAP secret" },
          invoke: underWay('iscsi.login'),
        },
        boot: {
          description: "iPXE has the LUN as its disk and hands over to the LUN's master boot record.",
          meta: { tone: 'busy', check: 'that the image has boot code and the 55 aa signature in its first sector' },
          invoke: underWay('iscsi.boot'),
        },
      },
    },
    bootloader: {
      description: 'GRUB runs from the LUN.',
      meta: { tone: 'busy', check: 'grub.cfg and the paths in it' },
      invoke: underWay('bootloader'),
    },
    kernel: {
      description: 'The kernel and its initramfs start.',
      meta: { tone: 'busy', check: 'the kernel command line, and the modules for NIC and iSCSI' },
      invoke: underWay('kernel'),
    },
    userland: {
      description: 'The initramfs has logged in to the LUN again, from the iBFT, and goes on to the real root.',
      meta: { tone: 'busy', check: 'the root device and the init of the image' },
      invoke: underWay('userland'),
    },
    up: {
      description: 'The node has said that it is ready.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      entry: { type: 'tell', params: ({ context }) => news(context, 'boot.up') },
      invoke: {
        ...watch,
        onDone: [...STARTS.filter((stage) => stage !== 'up').map(at), powerOff('off', 'rest'), ended, heeded('up')],
        onError: lost,
      },
    },
    failed: {
      description:
        'The boot ended before the node was up; the context says at which stage, why, and what was seen last.',
      meta: { tone: 'bad', ironic: 'deploy failed' },
      tags: 'stable',
      entry: { type: 'tell', params: ({ context }) => news(context, 'boot.failed') },
      invoke: { ...watch, onDone: [...STARTS.map(at), heeded('failed')], onError: lost },
    },
  },
});
