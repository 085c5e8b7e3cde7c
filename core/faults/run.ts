import type { FaultTable } from './table.js';

/** RUN: a scenario did not go as it said. */
export type RunFault =
  | {
      readonly code: 'RUN-001';
      readonly kind: 'run.overtime';
      readonly limit_ms: number;
      readonly unfinished: readonly string[];
    }
  | {
      readonly code: 'RUN-002';
      readonly kind: 'expectation.unmet';
      readonly node: string;
      readonly expected: string;
      readonly actual: string;
    }
  | {
      readonly code: 'RUN-004';
      readonly kind: 'image.unmet';
      readonly image: string;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly code: 'RUN-003'; readonly kind: 'run.stuck'; readonly unfinished: readonly string[] };

export const runFaults: FaultTable<RunFault> = {
  'RUN-001': {
    says: (fault) => `the run was not over after ${fault.limit_ms} ms: ${fault.unfinished.join(', ')} still under way`,
    remedy: () =>
      'Read the last stage of those nodes in the report; raise `limit` in the scenario if they were only slow.',
  },
  'RUN-002': {
    says: (fault) => `${fault.node}: expected ${fault.expected}, and it was ${fault.actual}`,
    remedy: () => 'Read the node in the report, then its console log and the capture at that time.',
  },
  'RUN-003': {
    says: (fault) => `nothing moves any more and ${fault.unfinished.join(', ')} did not finish`,
    remedy: () => 'A stage without a deadline waits for evidence that no observer gives; check the site for observers.',
  },
  'RUN-004': {
    says: (fault) => `image ${fault.image}: expected ${fault.expected}, and it was ${fault.actual}`,
    remedy: () => 'Read the states of the image in the report, then the nodes that it was to be on.',
  },
};
