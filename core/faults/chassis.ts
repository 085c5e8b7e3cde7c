import type { FaultTable } from './table.js';

/** CHS: a machine could not do what whoever manages it asked. */
export type ChassisFault =
  | { readonly code: 'CHS-001'; readonly kind: 'chassis.unfed'; readonly node: string }
  | { readonly code: 'CHS-002'; readonly kind: 'chassis.off'; readonly node: string }
  | { readonly code: 'CHS-003'; readonly kind: 'drive.absent'; readonly node: string; readonly drive: string };

export const chassisFaults: FaultTable<ChassisFault> = {
  'CHS-001': {
    says: ({ node }) => `${node} cannot be switched on: none of its power feeds is live`,
    remedy: ({ node }) => `Switch on an outlet of ${node} first.`,
  },
  'CHS-002': {
    says: ({ node }) => `${node} is off: there is nothing to reset, and nobody to press its button for`,
    remedy: ({ node }) => `Switch ${node} on instead.`,
  },
  'CHS-003': {
    says: ({ node, drive }) => `${node} has no ${drive} drive`,
    remedy: ({ node }) => `Use another drive of ${node}.`,
  },
};
