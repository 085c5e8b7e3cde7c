import { assign, setup } from 'xstate';
import { effectActors } from './effect-actors.js';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import { STAGES, type Evidence, type Stage } from '../evidence.js';
import { machineId } from '../ids.js';
import { stagesAfter } from './boot-chain.js';
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
/**
 * `bootloader.mbr` and `bootloader.slot` stand beside `bootloader`, which is a stage by itself: keys with a dot, which
 * xstate wants escaped. Any other dot leads from a state into one that is nested in it.
 */
const to = (state: Stage | 'failed') => `#boot.${state.replace(/^bootloader\./, 'bootloader\\.')}`;
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
  const nexts = stagesAfter(stage);
  const others = STARTS.filter((other) => other !== stage && !nexts.includes(other));
  const onDone = [...nexts.map(at), ...others.map(at), powerOff('failed', 'end'), ended, heeded(stage)];
  return { ...watch, onDone, onError: lost };
}

/** The boot has come where it may stay. A power-off is no failure there. */
function arrived(stage: 'up' | 'ramdisk') {
  const others = STARTS.filter((other) => other !== stage).map(at);
  const off = powerOff('off', 'rest');
  const onDone = [...others, { ...off, actions: [offNews, off.actions] as const }, ended, heeded(stage)];
  return { ...watch, onDone, onError: lost };
}

const news = (context: BootContext, type: 'boot.up' | 'boot.ramdisk' | 'boot.failed') => ({
  to: machineId('node', context.node),
  event: { type, at: context.enteredAt, ...(context.failure === null ? {} : { fault: context.failure.cause }) },
});

/** The power is gone where the boot had come to rest. */
const offNews = {
  type: 'tell',
  params: ({ context, event }: InContext & Answered) => {
    const fault = { code: 'BOOT-007', kind: 'power.lost', stage: context.stage } as const;
    return { to: machineId('node', context.node), event: { type: 'boot.off', at: event.output.evidence.at, fault } };
  },
} as const;

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
          description: 'The loaded iPXE asks for an address, and for its root path or its script.',
          meta: {
            tone: 'busy',
            check: 'that DHCP answers user class iPXE with a root path, or a mesh node with its script',
            next: stagesAfter('ipxe.dhcp'),
          },
          invoke: underWay('ipxe.dhcp'),
        },
        script: {
          description: "iPXE loads the node's script by HTTP and does what it says: a kernel, or the local disk.",
          meta: {
            tone: 'busy',
            check: "that the script is served, and boot code and the 55 aa signature in the disk's first sector",
            next: stagesAfter('ipxe.script'),
          },
          invoke: underWay('ipxe.script'),
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
    'bootloader.mbr': {
      description: "The first GRUB runs, from the master boot record of the node's own disk, and chooses a slot.",
      meta: { tone: 'busy', check: "the first GRUB's configuration on sda1, and the slot's first sector" },
      invoke: underWay('bootloader.mbr'),
    },
    'bootloader.slot': {
      description: "The second GRUB runs, from the first sector of the node's slot.",
      meta: { tone: 'busy', check: "the slot's own grub.cfg and the paths in it" },
      invoke: underWay('bootloader.slot'),
    },
    kernel: {
      description: 'The kernel and its initramfs start.',
      meta: {
        tone: 'busy',
        check: 'the kernel command line, and the modules for NIC, disk and iSCSI',
        next: stagesAfter('kernel'),
      },
      invoke: underWay('kernel'),
    },
    ramdisk: {
      description: 'The deploy ramdisk has called back with its token, and waits for what it is to do.',
      meta: { tone: 'busy', ironic: 'deploying', check: 'what the ramdisk was told to do, and its console' },
      tags: 'stable',
      entry: { type: 'tell', params: ({ context }) => news(context, 'boot.ramdisk') },
      invoke: arrived('ramdisk'),
    },
    userland: {
      description: 'The initramfs has its disk, the LUN by the iBFT or the slot, and goes on to the real root.',
      meta: { tone: 'busy', check: 'the root device and the init of the image' },
      invoke: underWay('userland'),
    },
    up: {
      description: 'The node has said that it is ready.',
      meta: { tone: 'good', ironic: 'active' },
      tags: 'stable',
      entry: { type: 'tell', params: ({ context }) => news(context, 'boot.up') },
      invoke: arrived('up'),
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
