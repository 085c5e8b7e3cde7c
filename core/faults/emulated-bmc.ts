import type { FaultTable } from './table.js';

/** EBM: the BMC of an emulated node did not come up, or did not stay. */
export type EmulatedBmcFault =
  | {
      readonly code: 'EBM-001';
      readonly kind: 'emulatedBmc.silent';
      readonly node: string;
      readonly waited_ms: number;
    }
  | {
      readonly code: 'EBM-002';
      readonly kind: 'emulatedBmc.died';
      readonly node: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** The end of what it wrote to stderr. */
      readonly text: string;
    }
  | { readonly code: 'EBM-003'; readonly kind: 'bmcUser.unfit'; readonly node: string; readonly why: string }
  | { readonly code: 'EBM-004'; readonly kind: 'bmcPort.taken'; readonly node: string; readonly port: number };

export const emulatedBmcFaults: FaultTable<EmulatedBmcFault> = {
  'EBM-001': {
    says: ({ node, waited_ms }) => `the emulated BMC of ${node} answered nothing within ${waited_ms / 1_000} s`,
    remedy: () => 'Check that the version of ipmi_sim is the one in drivers/emulated-bmc/README.md.',
  },
  'EBM-002': {
    says: ({ node, signal, exitCode, text }) =>
      `the emulated BMC of ${node} ended (${signal ?? `exit code ${exitCode ?? 'unknown'}`})${text && `: ${text}`}`,
    remedy: () => 'Bring the rack up again; look for whoever ends processes of ipmi_sim here.',
  },
  'EBM-003': {
    says: ({ node, why }) => `the emulated BMC of ${node} cannot have this user: ${why}`,
    remedy: () => 'Choose a name of at most 16 and a password of 1 to 20 plain ASCII characters.',
  },
  'EBM-004': {
    says: ({ node, port }) => `UDP port ${port} for the emulated BMC of ${node} cannot be opened`,
    remedy: () => 'Leave the port out, so that a free one is chosen, or end what has it.',
  },
};
