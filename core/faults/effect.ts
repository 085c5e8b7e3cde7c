import type { FaultTable } from './table.js';

/** EFF: asking the world went wrong, whatever was asked. */
export type EffectFault =
  | { readonly code: 'EFF-001'; readonly kind: 'effect.late'; readonly effect: string; readonly waited_ms: number }
  | { readonly code: 'EFF-002'; readonly kind: 'effect.unoffered'; readonly effect: string; readonly node: string }
  | { readonly code: 'EFF-003'; readonly kind: 'effect.broke'; readonly effect: string; readonly why: string };

export const effectFaults: FaultTable<EffectFault> = {
  'EFF-001': {
    says: (fault) => `${fault.effect} was not done within ${fault.waited_ms} ms`,
    remedy: () => 'Check whether the device answers at all; raise the deadline in the scenario if it was only slow.',
  },
  'EFF-002': {
    says: (fault) => `${fault.effect} is not offered by the drivers of ${fault.node}`,
    remedy: (fault) => `Give ${fault.node} a driver that offers it in the site file.`,
  },
  'EFF-003': {
    says: (fault) => `${fault.effect} failed: ${fault.why}`,
    remedy: () => "Look at the cause above and at the node's console log.",
  },
};
