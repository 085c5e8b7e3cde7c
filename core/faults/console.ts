import type { FaultTable } from './table.js';

/** CON: consoles of nodes, whatever carries them. */
export type ConsoleFault =
  | { readonly code: 'CON-001'; readonly kind: 'console.lost'; readonly node: string; readonly why: string }
  | { readonly code: 'CON-002'; readonly kind: 'console.taken'; readonly node: string; readonly by: string }
  | { readonly code: 'CON-003'; readonly kind: 'console.watched'; readonly node: string }
  | { readonly code: 'CON-004'; readonly kind: 'console.held'; readonly node: string; readonly side: string }
  | { readonly code: 'CON-005'; readonly kind: 'console.none'; readonly node: string; readonly why: string }
  | { readonly code: 'CON-006'; readonly kind: 'recording.unwritable'; readonly path: string; readonly why: string }
  | { readonly code: 'CON-007'; readonly kind: 'console.differs'; readonly node: string; readonly at_bytes: number };

export const consoleFaults: FaultTable<ConsoleFault> = {
  'CON-001': {
    says: (fault) => `the console of ${fault.node} is lost: ${fault.why}`,
    remedy: () => 'Nothing to do: it is being looked for. What the node says meanwhile is not recorded.',
  },
  'CON-002': {
    says: (fault) => `${fault.by} types at the console of ${fault.node} already`,
    remedy: () => 'Watch with --watch, or ask for the keyboard.',
  },
  'CON-003': {
    says: (fault) => `this seat at the console of ${fault.node} only watches`,
    remedy: () => 'Leave it, and attach without --watch.',
  },
  'CON-004': {
    says: (fault) =>
      `nothing was typed: ${fault.side} is on the console of ${fault.node}, and a key could stop the boot`,
    remedy: () => 'Wait for a prompt, or type ~! to send everything from there on.',
  },
  'CON-005': {
    says: (fault) => `there is no console of ${fault.node}: ${fault.why}`,
    remedy: () => 'Give the node a BMC with serial over LAN in the site file (`bmc`, protocol ipmi).',
  },
  'CON-006': {
    says: (fault) => `the recording ${fault.path} cannot be written: ${fault.why}`,
    remedy: (fault) => `Check the free space and the permissions of the folder of ${fault.path}.`,
  },
  'CON-007': {
    says: (fault) => `what came of the console of ${fault.node} is not what it said, from byte ${fault.at_bytes} on`,
    remedy: (fault) => `Compare ${fault.node}.log with ${fault.node}.qemu.log in the run bundle's folder of consoles.`,
  },
};
