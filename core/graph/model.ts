import { readMachine, type AnyMachine, type Leaf } from '../engine/table.js';
import type { StateMeta } from '../machines/meta.js';

/** A machine as a picture needs it. */
export interface MachineGraph {
  readonly id: string;
  readonly initial: string;
  readonly states: readonly GraphState[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphState {
  readonly path: string;
  readonly description: string;
  readonly meta: StateMeta;
  readonly tags: readonly string[];
  /** The effect that this state asks for. */
  readonly effect: string | null;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `boot.await done`, `deploy.requested`. */
  readonly event: string;
  /** `main` is drawn; `other` (a stage skipped, a boot begun anew) would hide the picture and is told in words. */
  readonly weight: 'main' | 'other';
}

export function graphOf(machine: AnyMachine): MachineGraph {
  const table = readMachine(machine);
  const states = table.leaves.map(({ path, description, meta, tags, invoke }) => {
    return { path, description, meta, tags, effect: invoke?.effect ?? null };
  });
  return { id: table.id, initial: table.initial, states, edges: table.leaves.flatMap(edgesOf) };
}

const ENDS = new Set(['failed', 'off']);

function edgesOf(leaf: Leaf): readonly GraphEdge[] {
  const [own] = leaf.levels;
  return [...(own ?? [])].flatMap(([name, rows]) => {
    const event = name
      .replace(/^xstate\.done\.actor\.(.*)$/, '$1 done')
      .replace(/^xstate\.error\.actor\.(.*)$/, '$1 failed');
    const targets = [...new Set(rows.map(({ target }) => target))];
    return targets.flatMap((to, index): GraphEdge[] => {
      if (to === null || to === leaf.path) return [];
      const isDrawn = index === 0 || ENDS.has(to) || leaf.meta.next?.includes(to) === true;
      const weight = isDrawn ? 'main' : 'other';
      return [{ from: leaf.path, to, event, weight }];
    });
  });
}
