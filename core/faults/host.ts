import type { FaultTable } from './table.js';

/** HOST faults. */
export type HostFault = { readonly code: 'HOST-000'; readonly kind: 'host.placeholder' };

export const hostFaults: FaultTable<HostFault> = {
  'HOST-000': { says: () => '', remedy: () => '' },
};
