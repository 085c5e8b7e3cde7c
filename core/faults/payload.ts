import type { FaultTable } from './table.js';

/** PAY: the guest payload (kernel, initramfs, LUN images) could not be built. */
export type PayloadFault =
  | { readonly code: 'PAY-001'; readonly kind: 'package.unknown'; readonly names: readonly string[] }
  | { readonly code: 'PAY-002'; readonly kind: 'package.unfetched'; readonly name: string; readonly why: string }
  | {
      readonly code: 'PAY-003';
      readonly kind: 'package.checksum';
      readonly file: string;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly code: 'PAY-004'; readonly kind: 'payload.noSpace'; readonly directory: string }
  | {
      readonly code: 'PAY-005';
      readonly kind: 'payload.cacheUnusable';
      readonly directory: string;
      readonly why: string;
    }
  | {
      readonly code: 'PAY-006';
      readonly kind: 'payload.toolFailed';
      readonly tool: string;
      readonly exitCode: number | null;
      readonly why: string;
    }
  | { readonly code: 'PAY-007'; readonly kind: 'payload.interrupted' }
  | { readonly code: 'PAY-008'; readonly kind: 'package.incomplete'; readonly name: string; readonly file: string };

export const payloadFaults: FaultTable<PayloadFault> = {
  'PAY-001': {
    says: (fault) => `apt's index has no package ${fault.names.join(', ')}`,
    remedy: () => "Run 'apt-get update' as root; the payload needs the package lists of Debian 12 or later (amd64).",
  },
  'PAY-002': {
    says: (fault) => `the package ${fault.name} could not be downloaded: ${fault.why}`,
    remedy: () => "Check the network and apt's sources; run 'apt-get update' as root if the lists are old.",
  },
  'PAY-003': {
    says: (fault) => `${fault.file} has SHA-256 ${fault.actual}, apt's index says ${fault.expected}`,
    remedy: (fault) => `Remove ${fault.file} and try again; if it comes back, distrust the mirror.`,
  },
  'PAY-004': {
    says: (fault) => `no space is left for the payload in ${fault.directory}`,
    remedy: () => 'Free 300 MB there, or point XDG_CACHE_HOME at a larger disk.',
  },
  'PAY-005': {
    says: (fault) => `the payload cache ${fault.directory} cannot be used: ${fault.why}`,
    remedy: (fault) =>
      `Make ${fault.directory} a directory that this user may write, or point XDG_CACHE_HOME elsewhere.`,
  },
  'PAY-006': {
    says: (fault) => `${fault.tool} ended with ${fault.exitCode ?? 'a signal'}: ${fault.why}`,
    remedy: (fault) =>
      `Run ${fault.tool} by hand as in the message; a damaged package is fetched anew once it is removed.`,
  },
  'PAY-007': {
    says: () => 'building the payload was interrupted',
    remedy: () => 'Run it again: what was finished is kept, nothing half-built is.',
  },
  'PAY-008': {
    says: (fault) => `the package ${fault.name} has no ${fault.file}`,
    remedy: () =>
      'Use the package lists of Debian 12 or later; other distributions lay their packages out differently.',
  },
};
