import type { RunFault } from '../faults/run.js';
import type { NodeId } from '../ids.js';
import type { Expectation } from '../scenario/scenario.js';
import type { NodeReport } from './report.js';

/** Null when the node ended as expected. */
export function unmet(node: NodeId, expectation: Expectation, report: NodeReport): RunFault | null {
  const boots = 'boots' in expectation ? expectation.boots : undefined;
  const wanted = boots === undefined ? [] : [`${boots} of ${boots} boots up`];
  const expected = [expectedText(expectation), ...wanted, ...notesText(expectation.notes)].join(', ');
  const noted = expectation.notes === undefined ? undefined : (report.notes ?? []).map(({ kind }) => kind);
  const came = boots === undefined ? [] : [`${report.ups} of ${report.boots} boots up`];
  const actual = [actualText(report, expectation), ...came, ...notesText(noted)].join(', ');
  return expected === actual ? null : { code: 'RUN-002', kind: 'expectation.unmet', node, expected, actual };
}

function notesText(notes: readonly string[] | undefined): readonly string[] {
  return notes === undefined ? [] : [`noticed: ${[...notes].sort().join(', ') || 'nothing'}`];
}

function expectedText(expectation: Expectation): string {
  switch (expectation.outcome) {
    case 'up': {
      const { image, from } = expectation;
      return `up${from === undefined ? '' : ` from ${from}`}${image === undefined ? '' : ` in ${image}`}`;
    }
    case 'off':
      return 'off';
    case 'maintenance':
      return `maintenance${expectation.fault === undefined ? '' : ` by ${expectation.fault}`}`;
    case 'failed':
      return `failed at ${expectation.stage} by ${expectation.fault}`;
  }
}

/** Told as far as something is expected of it. */
function actualText(report: NodeReport, expectation: Expectation): string {
  const { outcome, stage, fault, image } = report;
  switch (outcome) {
    case 'up': {
      const { from, image: wanted } = expectation.outcome === 'up' ? expectation : {};
      const device = from === undefined ? '' : ` from ${bootedFrom(report)}`;
      return `up${device}${wanted === undefined ? '' : ` in ${image ?? 'nothing'}`}`;
    }
    case 'off':
      return outcome;
    case 'maintenance': {
      const isOfFault = expectation.outcome === 'maintenance' && expectation.fault !== undefined;
      return isOfFault ? `maintenance by ${fault?.kind ?? 'nothing known'}` : 'maintenance';
    }
    case 'failed':
      return `failed at ${stage} by ${fault?.kind ?? 'nothing known'}`;
    case 'unfinished':
      return `unfinished at ${stage}`;
  }
}

/** By what was seen of its last boot: the network is asked for an address, or it is not. */
function bootedFrom({ stages }: NodeReport): 'network' | 'disk' {
  return stages.some(({ stage, unseen }) => stage === 'pxe.dhcp' && unseen !== true) ? 'network' : 'disk';
}
