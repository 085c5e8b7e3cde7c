import type { NodeId } from '../ids.js';
import type { Deadlines, Site, SiteNode } from '../site/site.js';
import type { Expectation, Scenario } from './scenario.js';

/** A scenario held against its site: what a run needs, every reference resolved. */
export interface Plan {
  readonly scenario: Scenario;
  readonly site: Site;
  /** The nodes that take part, in the site's order; a fleet's nodes are made up here. */
  readonly nodes: readonly SiteNode[];
  /** The site's, overlaid by the scenario's. */
  readonly deadlines: Deadlines;
  /** One for every node that takes part. */
  readonly expected: ReadonlyMap<NodeId, Expectation>;
}
