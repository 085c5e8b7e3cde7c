import type { FaultTable } from './table.js';

/** JRN faults. */
export type JournalFault = { readonly code: 'JRN-000'; readonly kind: 'journal.placeholder' };

export const journalFaults: FaultTable<JournalFault> = {
  'JRN-000': { says: () => '', remedy: () => '' },
};
