import type { RunFault } from '../faults/run.js';
import type { NodeId } from '../ids.js';
import type { Expectation } from '../scenario/scenario.js';
import type { NodeReport } from './report.js';

/** Null when the node ended as expected. */
export function unmet(node: NodeId, expectation: Expectation, report: NodeReport): RunFault | null {
  const expected = expectedText(expectation);
  const isOfImage = expectation.outcome === 'up' && expectation.image !== undefined;
  const actual = isOfImage ? `${actualText(report)} in ${report.image ?? 'nothing'}` : actualText(report);
  return expected === actual ? null : { code: 'RUN-002', kind: 'expectation.unmet', node, expected, actual };
}

function expectedText(expectation: Expectation): string {
  if (expectation.outcome === 'up') return expectation.image === undefined ? 'up' : `up in ${expectation.image}`;
  if (expectation.outcome === 'off') return 'off';
  return `failed at ${expectation.stage} by ${expectation.fault}`;
}

function actualText({ outcome, stage, fault }: NodeReport): string {
  switch (outcome) {
    case 'up':
    case 'off':
      return outcome;
    case 'failed':
      return `failed at ${stage} by ${fault?.kind ?? 'nothing known'}`;
    case 'unfinished':
      return `unfinished at ${stage}`;
  }
}
