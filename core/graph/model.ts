import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { readMachine, type Leaf } from '../engine/table.js';
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

export function graphOf(machine: AnyStateMachine): MachineGraph {
  const table = readMachine(machine);
  const leaves = leavesOf(machine.root);
  const states = leaves.map((node) => {
    const path = node.path.join('.');
    return {
      path,
      description: node.description ?? '',
      // Our machines give every leaf its meta; a standing law tests it.
      meta: node.meta as StateMeta,
      tags: node.tags,
      effect: table.leaf(path).invoke?.effect ?? null,
    };
  });
  const edges = states.flatMap(({ path }) => edgesOf(table.leaf(path)));
  return { id: machine.id, initial: table.initial, states, edges };
}

function leavesOf(node: AnyStateNode): readonly AnyStateNode[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [node] : children.flatMap(leavesOf);
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
      const weight = index === 0 || ENDS.has(to) ? 'main' : 'other';
      return [{ from: leaf.path, to, event, weight }];
    });
  });
}
