import type { FaultTable } from './table.js';

/** HOST: what this computer lacks or refuses. */
export type HostFault =
  | {
      readonly code: 'HOST-001';
      readonly kind: 'program.missing';
      readonly program: string;
      /** The Debian package that holds it; null where we do not know one. */
      readonly debianPackage: string | null;
    }
  | { readonly code: 'HOST-002'; readonly kind: 'program.unstartable'; readonly program: string; readonly why: string };

export const hostFaults: FaultTable<HostFault> = {
  'HOST-001': {
    says: (fault) => `the program ${fault.program} is not installed`,
    remedy: (fault) =>
      fault.debianPackage === null
        ? `Install ${fault.program}, or put its folder into PATH.`
        : `Install it: apt-get install ${fault.debianPackage}`,
  },
  'HOST-002': {
    says: (fault) => `${fault.program} could not be started: ${fault.why}`,
    remedy: () => 'Check that it may be executed, and the limits on processes and open files (ulimit -u, ulimit -n).',
  },
};
