import type { EffectInput, Failure } from '../effects/catalog.js';
import { failed, goal, type Answered, type InContext, type Told } from './deployment-moves.js';

/** A node that shows no sign at all has no deadline of its own: it is waited for as long as patience lasts. */
export const patience = {
  id: 'time.await',
  src: 'time.await',
  input: ({ context }: InContext): EffectInput<'time.await'> => {
    return { until: context.at + context.patience_ms, deadlineAt: null };
  },
  onDone: { target: goal('failed'), actions: { type: 'blame', params: neverCame } },
  onError: failed,
} as const;

function neverCame({ context, event }: InContext & Answered): Failure {
  const fault = {
    code: 'DPL-002',
    kind: 'node.neverCame',
    node: context.node,
    waited_ms: context.patience_ms,
  } as const;
  return { fault, at: event.output.at };
}

export const strayed = {
  target: goal('failed'),
  actions: {
    type: 'blame',
    params: ({ context, event }: InContext & Told): Failure => {
      return { fault: { code: 'DPL-008', kind: 'node.strayed', node: context.node }, at: event.at };
    },
  },
} as const;
