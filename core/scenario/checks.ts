import { keysAt } from '../site/checks.js';
import type { Path, YamlDocument } from '../site/document.js';
import { isMapping } from '../site/known.js';
import type { Problem } from '../site/problem.js';
import type { Check } from '../site/read-shape.js';
import { valueAt } from '../site/shape-problems.js';
import { NODE_STEP_WORDS } from './node-steps.js';

/** What one value of a scenario file alone cannot show, and no site is needed for. */
export const SCENARIO_CHECKS: readonly Check[] = [selectionCheck, repeatedNodeCheck, stepCheck, expectCheck];

function selectionCheck(document: YamlDocument): readonly Problem[] {
  if (!['nodes', 'fleet'].every((key) => keysAt(document, []).includes(key))) return [];
  const offset = document.offsetOfKey(['fleet']);
  return [{ offset, what: 'nodes and fleet exclude each other', mend: 'Keep one of the two.' }];
}

function repeatedNodeCheck(document: YamlDocument): readonly Problem[] {
  const nodes = valueAt(document.value, ['nodes']);
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown, index) => {
    if (typeof node !== 'string' || nodes.indexOf(node) === index) return [];
    const path: Path = ['nodes', index];
    const what = `${JSON.stringify(node.slice(0, 60))} stands in the list already`;
    return [{ offset: document.offsetOf(path), what, mend: 'Delete one of the two.' }];
  });
}

/** Where images come and go, it is they that have nodes booted and switched off. */
function stepCheck(document: YamlDocument): readonly Problem[] {
  if (keysAt(document, ['images']).length === 0) return [];
  const steps = valueAt(document.value, ['steps']);
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown, index) => {
    const word = isMapping(step) ? step['do'] : null;
    if (!NODE_STEP_WORDS.some((known) => known === word)) return [];
    const what = `${String(word)} is a step of nodes, and in this file images have the nodes`;
    return [{ offset: document.offsetOf(['steps', index, 'do']), what, mend: 'Make two scenarios of it.' }];
  });
}

function expectCheck(document: YamlDocument): readonly Problem[] {
  const expected = valueAt(document.value, ['expect']);
  if (!isMapping(expected) || keysAt(document, ['expect']).some((key) => key === 'all' || key === 'nodes')) return [];
  const mend = 'Say how each node ends under expect.nodes, or how all of them do under expect.all.';
  return [{ offset: document.offsetOfKey(['expect']), what: 'expect is empty', mend }];
}
