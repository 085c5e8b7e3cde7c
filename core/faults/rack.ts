import type { FaultTable } from './table.js';

/** RCK: a rack that is kept up. */
export type RackFault =
  | { readonly code: 'RCK-001'; readonly kind: 'rack.down'; readonly rack: string; readonly folder: string }
  | { readonly code: 'RCK-002'; readonly kind: 'rack.isUp'; readonly rack: string; readonly pid: number }
  | { readonly code: 'RCK-003'; readonly kind: 'rack.ended'; readonly rack: string; readonly log: string }
  | { readonly code: 'RCK-004'; readonly kind: 'rack.stays'; readonly rack: string; readonly pid: number }
  | { readonly code: 'RCK-005'; readonly kind: 'rack.noSuchNode'; readonly rack: string; readonly node: string }
  | {
      readonly code: 'RCK-006';
      readonly kind: 'node.cannot';
      readonly node: string;
      readonly asked: string;
      readonly state: string;
    }
  | {
      readonly code: 'RCK-007';
      readonly kind: 'mishap.cannot';
      readonly node: string;
      readonly mishap: string;
      readonly why: string;
    }
  | { readonly code: 'RCK-008'; readonly kind: 'rack.wallTime'; readonly rack: string };

export const rackFaults: FaultTable<RackFault> = {
  'RCK-001': {
    says: (fault) => `the rack ${fault.rack} is not up (${fault.folder})`,
    remedy: () => 'metalrig rack up SITE brings it up; metalrig rack status shows those that are.',
  },
  'RCK-002': {
    says: (fault) => `the rack ${fault.rack} is up already, as process ${fault.pid}`,
    remedy: () => 'Use it as it is, or put it away first: metalrig rack down.',
  },
  'RCK-003': {
    says: (fault) => `the rack ${fault.rack} ended as it came up`,
    remedy: (fault) => `Read ${fault.log}, or bring it up with --foreground.`,
  },
  'RCK-004': {
    says: (fault) => `process ${fault.pid} of the rack ${fault.rack} does not end`,
    remedy: (fault) => `kill ${fault.pid}; brought up again, the rack goes on where its journal ends.`,
  },
  'RCK-005': {
    says: (fault) => `the rack ${fault.rack} has no node ${JSON.stringify(fault.node)}`,
    remedy: () => 'metalrig rack status --json lists its nodes.',
  },
  'RCK-006': {
    says: (fault) => `${fault.node} is ${fault.state} and can't take ${fault.asked} now`,
    remedy: (fault) =>
      MAINTAINED.includes(fault.state)
        ? `Give it back first: node.return; in metalrig top, m on ${fault.node}.`
        : `Switch it off first, or wait until it is: metalrig top shows what ${fault.node} waits for.`,
  },
  'RCK-007': {
    says: (fault) => `${fault.mishap} of ${fault.node}: ${fault.why}`,
    remedy: () => 'The faults screen of metalrig top shows what is broken, and i there what can break.',
  },
  'RCK-008': {
    says: (fault) => `the time of the rack ${fault.rack} goes by as yours does`,
    remedy: () => 'Only a simulated rack has a time of its own: --on sim.',
  },
};

/** Where a node is in nobody's service. */
const MAINTAINED: readonly string[] = ['enrolled', 'verifying', 'manageable', 'maintenance'];
