import type { FileFault } from '../faults/config.js';
import { FaultError } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import { meant } from '../site/checks.js';
import type { Path, YamlDocument } from '../site/document.js';
import { fileFaults, type Problem } from '../site/problem.js';
import type { Deadlines, Site, SiteNode } from '../site/site.js';
import { assert } from '../unreachable.js';
import { fleetNames, fleetNodes } from './fleet.js';
import { lifecycleProblems } from './lifecycle-checks.js';
import { nodeStepProblems } from './node-step-checks.js';
import { readScenario, scenarioOf } from './parse.js';
import type { Expectation, Scenario, Selection } from './scenario.js';

/** A scenario held against its site: what a run needs, every reference resolved. */
export interface Plan {
  readonly scenario: Scenario;
  readonly site: Site;
  /** The nodes that take part, in the order of the site or of the scenario's list; a fleet's nodes are made here. */
  readonly nodes: readonly SiteNode[];
  /** The site's, overlaid by the scenario's. */
  readonly deadlines: Deadlines;
  /** One for every node that takes part. */
  readonly expected: ReadonlyMap<NodeId, Expectation>;
}

/**
 * The text of a scenario file, held against the site that it names.
 *
 * @param file how the scenario file is called in messages
 * @throws FaultError CFG-002 with the first fault of the scenario file; `planProblems` tells all
 */
export function planOf(text: string, file: string, site: Site): Plan {
  const made = make(text, file, site);
  if ('plan' in made) return made.plan;
  const [first] = fileFaults(text, file, made.problems);
  assert(first !== undefined, 'a text that makes no plan has a problem');
  throw new FaultError(first);
}

/** Every fault of a scenario file, with those that only its site shows; none: `planOf` will not throw. */
export function planProblems(text: string, file: string, site: Site): readonly FileFault[] {
  const made = make(text, file, site);
  return 'plan' in made ? [] : fileFaults(text, file, made.problems);
}

function make(
  text: string,
  file: string,
  site: Site,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const read = readScenario(text);
  if (!('value' in read)) return read;
  const scenario = scenarioOf(read.value, file);
  const problems = [
    ...selectionProblems(scenario.selection, site, read.document),
    ...nameProblems(scenario, site, read.document),
  ];
  if (problems.length > 0) return { problems };
  const nodes = nodesOf(scenario.selection, site);
  const hands = nodeStepProblems(scenario, nodes, read.document);
  if (hands.length > 0) return { problems: hands };
  const lifecycle = lifecycleProblems(scenario, nodes, { site, document: read.document });
  if (lifecycle.length > 0) return { problems: lifecycle };
  const expected = new Map<NodeId, Expectation>();
  for (const { id } of nodes) {
    const expectation = scenario.expect.nodes.get(id) ?? scenario.expect.all;
    if (expectation !== null) expected.set(id, expectation);
  }
  return { plan: { scenario, site, nodes, deadlines: { ...site.deadlines, ...scenario.deadlines }, expected } };
}

function selectionProblems(selection: Selection, site: Site, document: YamlDocument): readonly Problem[] {
  const known = site.nodes.map((node) => node.id);
  switch (selection.kind) {
    case 'all':
      return [];
    case 'named':
      return selection.nodes.flatMap((id, index) => unknownNode(id, known, document.offsetOf(['nodes', index])));
    case 'fleet': {
      const like = site.nodes.find((node) => node.id === selection.like);
      if (like === undefined) return unknownNode(selection.like, known, document.offsetOf(['fleet', 'like']));
      const fitting = fleetNodes(site, like, selection.count).length;
      if (fitting === selection.count) return [];
      const what = `the subnet of ${site.file} has addresses left for ${fitting} nodes, not for ${selection.count}`;
      const mend = `Take ${fitting} nodes or fewer, or give the site a wider subnet.`;
      return [{ offset: document.offsetOf(['fleet', 'count']), what, mend }];
    }
  }
}

/** Names in mishaps and expectations that take no part, and nodes of which nothing is expected. */
function nameProblems(scenario: Scenario, site: Site, document: YamlDocument): readonly Problem[] {
  const present = namesOf(scenario.selection, site);
  const isPresent = new Set(present);
  function check(id: NodeId, offset: number): readonly Problem[] {
    return isPresent.has(id) ? [] : unknownNode(id, present, offset);
  }
  const mishaps = scenario.mishaps.flatMap(({ node }, index) =>
    check(node, document.offsetOf(['mishaps', index, 'node'])),
  );
  const named = [...scenario.expect.nodes.keys()];
  const expected = named.flatMap((id) => check(id, document.offsetOfKey(['expect', 'nodes', id])));
  const silent = scenario.expect.all === null ? present.filter((id) => !scenario.expect.nodes.has(id)) : [];
  const [first] = silent;
  if (first === undefined) return [...mishaps, ...expected];
  const others = silent.length === 1 ? '' : ` and ${silent.length - 1} more`;
  const what = `nothing is expected of ${first}${others}`;
  const mend = 'Say under expect.nodes how each ends, or under expect.all how all others do.';
  const path: Path = ['expect'];
  return [...mishaps, ...expected, { offset: document.offsetOfKey(path), what, mend }];
}

function unknownNode(id: NodeId, known: readonly NodeId[], offset: number): readonly Problem[] {
  if (known.includes(id)) return [];
  return [{ offset, what: `there is no node ${JSON.stringify(id)} in this run`, mend: meant(id, known) }];
}

function namesOf(selection: Selection, site: Site): readonly NodeId[] {
  switch (selection.kind) {
    case 'all':
      return site.nodes.map((node) => node.id);
    case 'named':
      return selection.nodes;
    case 'fleet':
      return fleetNames(selection.count);
  }
}

function nodesOf(selection: Selection, site: Site): readonly SiteNode[] {
  switch (selection.kind) {
    case 'all':
      return site.nodes;
    case 'named':
      return selection.nodes.flatMap((id) => site.nodes.filter((node) => node.id === id));
    case 'fleet': {
      const like = site.nodes.find((node) => node.id === selection.like);
      return like === undefined ? [] : fleetNodes(site, like, selection.count);
    }
  }
}
