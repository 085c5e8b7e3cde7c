import type { FaultTable } from './table.js';

/** WIRE faults. */
export type WireFault = { readonly code: 'WIRE-000'; readonly kind: 'wire.placeholder' };

export const wireFaults: FaultTable<WireFault> = {
  'WIRE-000': { says: () => '', remedy: () => '' },
};
