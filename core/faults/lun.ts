import type { FaultTable } from './table.js';

/** LUN faults. */
export type LunFault = { readonly code: 'LUN-000'; readonly kind: 'lun.placeholder' };

export const lunFaults: FaultTable<LunFault> = {
  'LUN-000': { says: () => '', remedy: () => '' },
};
