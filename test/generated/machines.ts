import { readMachine, type Leaf } from '../../core/engine/table.js';
import { FORMATS } from '../../core/graph/formats.js';
import { graphOf, type GraphState } from '../../core/graph/model.js';
import { STAGE_DEADLINES_MS } from '../../core/machines/boot-context.js';
import { MACHINES } from '../../core/machines/steppers.js';

/** Every machine as a picture and a table of its states. */
export function machinesPage(): string {
  return [
    '# Which machines are there, and what do their states mean?',
    '',
    'Arrows of the boot chain lead to the next stage, to `off` and to `failed`; evidence of any other stage moves a',
    'boot there as well, and is left out of the picture. Stable states are in **bold**. A deadline is how long a state',
    'may last before it has failed; site and scenario may set those of the boot chain. Generated from',
    '`core/machines/`; do not edit.',
    ...Object.keys(MACHINES).flatMap((kind) => ['', ...(isKind(kind) ? section(kind) : [])]),
    '',
  ].join('\n');
}

function isKind(text: string): text is keyof typeof MACHINES {
  return Object.hasOwn(MACHINES, text);
}

function section(kind: keyof typeof MACHINES): readonly string[] {
  const machine = MACHINES[kind];
  const graph = graphOf(machine);
  const table = readMachine(machine);
  return [
    `## ${kind}`,
    '',
    '```mermaid',
    FORMATS.mermaid(graph).trimEnd(),
    '```',
    '',
    '| state | meaning | asks for | deadline | when it hangs, check | in Ironic |',
    '|---|---|---|---|---|---|',
    ...graph.states.map((state) => row(state, table.leaf(state.path))),
  ];
}

function row({ path, description, meta, tags, effect }: GraphState, leaf: Leaf): string {
  const name = tags.includes('stable') ? `**\`${path}\`**` : `\`${path}\``;
  const asks = effect === null ? '' : `\`${effect}\``;
  return `| ${name} | ${description} | ${asks} | ${deadlineOf(leaf)} | ${meta.check ?? ''} | ${meta.ironic ?? ''} |`;
}

const DEADLINES_MS = new Map(Object.entries(STAGE_DEADLINES_MS));

/** A stage's own, else what the state's effect is given when the state is entered at 0. */
function deadlineOf({ path, invoke }: Leaf): string {
  const input = invoke?.input({ context: { at: 0, tasks: [] }, event: {} });
  const given = typeof input === 'object' && input !== null && 'deadlineAt' in input ? input.deadlineAt : null;
  const limit_ms = DEADLINES_MS.get(path) ?? (typeof given === 'number' ? given : null);
  return limit_ms === null ? 'none' : `${limit_ms / 1000} s`;
}
