import type { FaultTable } from './table.js';

/** HND: there is nothing by which a node could be handled from outside. */
export type HandsFault =
  | { readonly code: 'HND-001'; readonly kind: 'hands.noBmc'; readonly node: string; readonly site: string }
  | { readonly code: 'HND-002'; readonly kind: 'hands.direct'; readonly node: string; readonly site: string }
  | { readonly code: 'HND-003'; readonly kind: 'hands.rackDown'; readonly node: string; readonly site: string };

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
};
