import type { GraphEdge, MachineGraph } from './model.js';

export const FORMATS = { mermaid, dot, json } as const;
export type GraphFormat = keyof typeof FORMATS;

/** A Mermaid state diagram. */
function mermaid({ initial, states, edges }: MachineGraph): string {
  const name = (path: string): string => path.replaceAll('.', '_');
  return [
    'stateDiagram-v2',
    `  [*] --> ${name(initial)}`,
    ...states.map(({ path }) => `  ${name(path)} : ${path}`),
    ...drawn(edges).map(({ from, to, events }) => `  ${name(from)} --> ${name(to)} : ${events}`),
    '',
  ].join('\n');
}

/** Graphviz. */
function dot({ id, initial, states, edges }: MachineGraph): string {
  return [
    `digraph "${id}" {`,
    '  node [shape=box, style=rounded];',
    '  start [shape=point];',
    `  start -> "${initial}";`,
    ...states.map(({ path, description }) => `  "${path}" [tooltip="${description.replaceAll('"', "'")}"];`),
    ...drawn(edges).map(({ from, to, events }) => `  "${from}" -> "${to}" [label="${events}"];`),
    '}',
    '',
  ].join('\n');
}

/** The whole graph, other edges included, as one line. */
function json(graph: MachineGraph): string {
  return `${JSON.stringify(graph)}\n`;
}

/** One arrow for all events between the same two states. */
function drawn(edges: readonly GraphEdge[]): readonly { from: string; to: string; events: string }[] {
  const arrows = new Map<string, { from: string; to: string; events: string }>();
  for (const { from, to, event, weight } of edges) {
    if (weight !== 'main') continue;
    const key = `${from} ${to}`;
    const arrow = arrows.get(key);
    arrows.set(key, { from, to, events: arrow === undefined ? event : `${arrow.events}, ${event}` });
  }
  return [...arrows.values()];
}
