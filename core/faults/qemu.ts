import type { FaultTable } from './table.js';

/** QMU faults. */
export type QemuFault = { readonly code: 'QMU-000'; readonly kind: 'qemu.placeholder' };

export const qemuFaults: FaultTable<QemuFault> = {
  'QMU-000': { says: () => '', remedy: () => '' },
};
