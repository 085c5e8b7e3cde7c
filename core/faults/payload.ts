import type { FaultTable } from './table.js';

/** PAY faults. */
export type PayloadFault = { readonly code: 'PAY-000'; readonly kind: 'payload.placeholder' };

export const payloadFaults: FaultTable<PayloadFault> = {
  'PAY-000': { says: () => '', remedy: () => '' },
};
