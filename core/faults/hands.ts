import type { FaultTable } from './table.js';

/** HND: there is nothing by which a node could be handled from outside. */
export type HandsFault =
  | { readonly code: 'HND-001'; readonly kind: 'hands.noBmc'; readonly node: string; readonly site: string }
  | { readonly code: 'HND-002'; readonly kind: 'hands.direct'; readonly node: string; readonly site: string }
  | { readonly code: 'HND-003'; readonly kind: 'hands.rackDown'; readonly node: string; readonly site: string }
  | { readonly code: 'HND-004'; readonly kind: 'hands.unknown'; readonly hands: string; readonly known: string }
  | {
      readonly code: 'HND-005';
      readonly kind: 'hands.absent';
      readonly hands: string;
      readonly node: string;
      readonly waited_ms: number;
    }
  | { readonly code: 'HND-006'; readonly kind: 'hands.notIts'; readonly hands: string; readonly node: string }
  | { readonly code: 'HND-007'; readonly kind: 'hands.unwritable'; readonly file: string; readonly why: string }
  | { readonly code: 'HND-008'; readonly kind: 'hands.twice'; readonly hands: string; readonly pid: number };

export const handsFaults: FaultTable<HandsFault> = {
  'HND-001': {
    says: (fault) => `${fault.site} gives ${fault.node} no BMC`,
    remedy: (fault) => `Write \`bmc:\` for ${fault.node} in ${fault.site}, or ask another node.`,
  },
  'HND-002': {
    says: (fault) => `the power of ${fault.node} goes through nothing that could be asked from here`,
    remedy: (fault) => `Write \`power:\` for ${fault.node} in ${fault.site}; metalrig run switches it directly.`,
  },
  'HND-003': {
    says: (fault) => `${fault.node} is emulated, and the rack of ${fault.site} is not up`,
    remedy: (fault) => `Bring it up: metalrig rack up ${fault.site}`,
  },
  'HND-004': {
    says: (fault) => `no node of this rack has hands called ${fault.hands}; there are ${fault.known}`,
    remedy: () => 'Give metalrig hands the name that the nodes have in the site file, as --name.',
  },
  'HND-005': {
    says: (fault) => `the hands ${fault.hands} of ${fault.node} did not come within ${fault.waited_ms} ms`,
    remedy: (fault) => `Start them near the hardware: metalrig hands SITE --name ${fault.hands} --engine ADDRESS.`,
  },
  'HND-006': {
    says: (fault) => `${fault.node} is no node of the hands ${fault.hands}`,
    remedy: () => 'Give the engine and its hands the same site file.',
  },
  'HND-007': {
    says: (fault) => `what hands write down cannot be kept in ${fault.file}: ${fault.why}`,
    remedy: () => 'Make room on that disk, or name another folder; nothing was done that was not written down.',
  },
  'HND-008': {
    says: (fault) => `process ${fault.pid} is the hands ${fault.hands} on this host already`,
    remedy: (fault) => `End it first, or give these another name than ${fault.hands} and nodes of their own.`,
  },
};
