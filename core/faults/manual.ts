import type { FaultTable } from './table.js';

/** MAN: what only a person can do. */
export type ManualFault =
  | { readonly code: 'MAN-001'; readonly kind: 'operator.absent'; readonly node: string; readonly question: string }
  | { readonly code: 'MAN-002'; readonly kind: 'operator.declined'; readonly node: string; readonly question: string };

export const manualFaults: FaultTable<ManualFault> = {
  'MAN-001': {
    says: (fault) => `nobody is at a terminal to be asked: ${fault.question}`,
    remedy: (fault) => `Run the command in a terminal, without a pipe, or give ${fault.node} power that can be driven.`,
  },
  'MAN-002': {
    says: (fault) => `the operator did not do it: ${fault.question}`,
    remedy: (fault) => `Ask again when somebody can look after ${fault.node}.`,
  },
};
