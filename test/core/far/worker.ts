import { assign, setup } from 'xstate';
import { compiledStepper } from '../../../core/engine/compile.js';
import { nodeId, type NodeId } from '../../../core/ids.js';
import { effectActors } from '../../../core/machines/effect-actors.js';

interface WorkerContext {
  readonly node: NodeId;
  readonly left: number;
  readonly asked: number;
}

/** Above every instant of a test: by what is behind it an effect is known again wherever it comes by. */
const NUMBERED_FROM = 1_000_000_000;

/** The place of an effect among those of its node, from 1 on. */
export function numberOf({ deadlineAt }: { readonly deadlineAt: number | null }): number {
  return (deadlineAt ?? 0) - NUMBERED_FROM;
}

/** Asks for its node's power, one effect after the other; told to hurry, it lets one go and asks for the next. */
const worker = setup({
  types: {
    context: {} as WorkerContext,
    input: {} as { readonly node: string; readonly work: number },
    events: {} as { readonly type: 'hurried'; readonly at: number },
  },
  actors: effectActors,
  guards: { isLast: ({ context }) => context.left <= 1 },
  actions: {
    next: assign(({ context }) => ({ left: context.left - 1, asked: context.asked + 1 })),
    count: assign(({ context }) => ({ left: context.left - 1 })),
  },
}).createMachine({
  id: 'worker',
  context: ({ input }) => ({ node: nodeId(input.node), left: input.work, asked: 1 }),
  initial: 'working',
  states: {
    working: {
      invoke: {
        id: 'power.ensure',
        src: 'power.ensure',
        input: ({ context }) => ({
          node: context.node,
          want: 'on' as const,
          deadlineAt: NUMBERED_FROM + context.asked,
        }),
        onDone: [
          { guard: 'isLast', target: '#worker.over', actions: 'count' },
          { target: '#worker.working', reenter: true, actions: 'next' },
        ],
        onError: [
          { guard: 'isLast', target: '#worker.over', actions: 'count' },
          { target: '#worker.working', reenter: true, actions: 'next' },
        ],
      },
      on: {
        hurried: [
          { guard: 'isLast', target: '#worker.over', actions: 'count' },
          { target: '#worker.working', reenter: true, actions: 'next' },
        ],
      },
    },
    over: { on: { hurried: { actions: [] } } },
  },
});

export const STEPPERS = { worker: compiledStepper('worker', worker) };
