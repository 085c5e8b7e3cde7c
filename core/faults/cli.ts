import type { FaultTable } from './table.js';

/** CLI: what was typed. */
export type CliFault =
  | { readonly code: 'CLI-001'; readonly kind: 'usage.bad'; readonly command: string; readonly what: string }
  | { readonly code: 'CLI-002'; readonly kind: 'interrupted' }
  | {
      readonly code: 'CLI-003';
      readonly kind: 'command.unknown';
      readonly command: string;
      readonly known: readonly string[];
    };

export const cliFaults: FaultTable<CliFault> = {
  'CLI-001': {
    says: (fault) => `metalrig ${fault.command}: ${fault.what}`,
    remedy: (fault) => `See metalrig ${fault.command} --help.`,
  },
  'CLI-002': {
    says: () => 'interrupted',
    remedy: () => 'Run it again to finish; what a run had done by then stands in its bundle.',
  },
  'CLI-003': {
    says: (fault) => `there is no command ${JSON.stringify(fault.command)}; there are ${fault.known.join(', ')}`,
    remedy: () => 'See metalrig --help.',
  },
};
