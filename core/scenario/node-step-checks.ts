import type { NodeId } from '../ids.js';
import { meant } from '../site/checks.js';
import type { YamlDocument } from '../site/document.js';
import type { Problem } from '../site/problem.js';
import type { SiteNode } from '../site/site.js';
import { isBmcMishap } from './bmc-mishaps.js';
import type { Scenario } from './scenario.js';

/** Steps for nodes that take no part, and BMCs that are to go wrong where there is none. */
export function nodeStepProblems(
  { mishaps, nodeSteps }: Scenario,
  nodes: readonly SiteNode[],
  document: YamlDocument,
): readonly Problem[] {
  const known = nodes.map(({ id }) => id);
  const isKnown = new Set(known);
  const withBmc = new Set(nodes.filter(({ bmc }) => bmc !== null).map(({ id }) => id));
  return [
    ...nodeSteps.flatMap(({ nodes: named }, index) =>
      (named ?? []).flatMap((id, at) =>
        isKnown.has(id) ? [] : [unknownNode(id, known, document.offsetOf(['steps', index, 'nodes', at]))],
      ),
    ),
    ...mishaps.flatMap(({ mishap, node }, index) => {
      if (!isBmcMishap(mishap) || withBmc.has(node)) return [];
      const mend = `Give ${node} a bmc in the site file, or take another mishap.`;
      return [{ offset: document.offsetOf(['mishaps', index, 'mishap']), what: `${node} has no BMC`, mend }];
    }),
  ];
}

function unknownNode(id: NodeId, known: readonly NodeId[], offset: number): Problem {
  return { offset, what: `there is no node ${JSON.stringify(id)} in this run`, mend: meant(id, known) };
}
