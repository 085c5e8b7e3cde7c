import type { Clock } from '../clock.js';
import type { Engine } from '../engine/engine.js';
import { machineId, type NodeId } from '../ids.js';
import type { NodeEvent } from '../machines/node-context.js';
import { eventOf, TAKEN_IN, WORDS, type NodeStep } from '../scenario/node-steps.js';
import type { Plan } from '../scenario/plan.js';
import type { SiteNode } from '../site/site.js';
import type { Past } from './past.js';
import { restingStates } from './rest.js';

export interface NodeProgramParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly past: Past;
}

interface Place {
  /** Null: it is deployed, and that is all. */
  readonly steps: readonly NodeStep[] | null;
  next: number;
  /** Whether a node with a BMC has still to be enrolled, and then verified. */
  entry: readonly NodeEvent['type'][];
}

const RESTING = restingStates('node');
const ENTRY = ['enroll.requested', 'manage.requested'] as const;

/** What a scenario asks of each node, one thing after the other. What a node cannot take any more is passed over. */
export class NodePrograms {
  readonly #parts: NodeProgramParts;
  readonly #places = new Map<NodeId, Place>();

  constructor(parts: NodeProgramParts) {
    this.#parts = parts;
    const { nodeSteps } = parts.plan.scenario;
    for (const node of parts.plan.nodes) {
      const own = nodeSteps.filter(({ nodes }) => nodes === null || nodes.includes(node.id));
      this.#places.set(node.id, placeOf(node, own.length === 0 ? null : own, parts.past));
    }
  }

  /** Whether nothing is asked of the node any more, and nothing is under way. */
  isOver(node: NodeId): boolean {
    return !this.awaits(node) && RESTING.has(this.#state(node));
  }

  /** Whether the node is at rest and something is still to be asked of it. */
  awaits(node: NodeId): boolean {
    const { entry, next, steps } = this.#place(node);
    return (entry.length > 0 || next < (steps?.length ?? 1)) && RESTING.has(this.#state(node));
  }

  /** Asks the next thing of a node, where it can take it. Not to be called from inside of a step of the engine. */
  advance(node: NodeId): void {
    const place = this.#place(node);
    const word = RESTING.has(this.#state(node)) ? this.#word(node, place) : null;
    if (word !== null) this.#parts.engine.tell(machineId('node', node), 'scenario', word);
  }

  #word(node: NodeId, place: Place): NodeEvent | null {
    const at = this.#parts.clock.now();
    const [entry, ...later] = place.entry;
    if (entry !== undefined) {
      place.entry = later;
      return { type: entry, at } as NodeEvent;
    }
    const { steps } = place;
    const state = this.#state(node);
    if (steps === null) return this.#deploy(place, { state, at });
    for (let step = steps[place.next]; step !== undefined; step = steps[place.next]) {
      if (step.at_ms !== null && step.at_ms > at) {
        this.#wait(node, step.at_ms);
        return null;
      }
      const takes = TAKEN_IN[step.do];
      if (!takes.includes(state) && state === 'manageable') return { type: 'provide.requested', at };
      place.next += 1;
      if (takes.includes(state)) return eventOf(step, at);
    }
    return null;
  }

  #deploy(place: Place, { state, at }: { readonly state: string; readonly at: number }): NodeEvent | null {
    if (place.next > 0) return null;
    if (state === 'manageable') return { type: 'provide.requested', at };
    place.next = 1;
    return TAKEN_IN.boot.includes(state) ? { type: 'deploy.requested', at } : null;
  }

  #wait(node: NodeId, until: number): void {
    const { clock } = this.#parts;
    clock.setTimer(until - clock.now(), () => this.advance(node));
  }

  #state(node: NodeId): string {
    return this.#parts.engine.standing(machineId('node', node))?.state ?? '';
  }

  #place(node: NodeId): Place {
    const place = this.#places.get(node);
    if (place === undefined) throw new Error(`bug: ${node} takes no part`);
    return place;
  }
}

/** Where a node stood in its program when the rig crashed, by what it was told. */
function placeOf({ id, bmc }: SiteNode, steps: readonly NodeStep[] | null, past: Past): Place {
  const told = past.toldTo(machineId('node', id));
  const entry = bmc === null ? [] : ENTRY.slice(Math.min(told.length, ENTRY.length));
  let next = 0;
  for (const word of told.slice(bmc === null ? 0 : ENTRY.length)) {
    if (word === 'provide.requested') continue;
    if (steps === null) next = 1;
    else while (next < steps.length) if (WORDS[steps[next++]?.do ?? 'boot'] === word) break;
  }
  return { steps, next, entry };
}
