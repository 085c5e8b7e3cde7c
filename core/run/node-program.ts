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
  /** Called when the time of a step of the node has come. */
  readonly onTime: (node: NodeId) => void;
}

interface Place {
  /** Null: it is deployed, and that is all. */
  readonly steps: readonly NodeStep[] | null;
  next: number;
  /** Whether the node was switched off for the next step; where that failed, the step cannot be taken. */
  isCleared: boolean;
  /** Whether a node with a BMC has still to be enrolled, and then verified. */
  entry: readonly NodeEvent['type'][];
}

const RESTING = restingStates('node');
/** States in which a node may be on already. */
const IS_ON = ['active', 'deployFailed'];
const ENTRY = ['enroll.requested', 'manage.requested'] as const;

/** What a scenario asks of each node, one thing after the other. What a node cannot take any more is passed over. */
export class NodePrograms {
  readonly #parts: NodeProgramParts;
  readonly #places = new Map<NodeId, Place>();

  constructor(parts: NodeProgramParts) {
    this.#parts = parts;
    const { nodeSteps } = parts.plan.scenario;
    for (const node of parts.plan.nodes) {
      const own = nodeSteps.filter(({ nodes }) => nodes === null || nodes.includes(node.id)).flatMap(repeated);
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

  /**
   * Asks the next thing of a node, where it can take it. Not to be called from inside of a step of the engine.
   * @returns whether something was asked and the next thing may be due already
   */
  advance(node: NodeId): boolean {
    const place = this.#place(node);
    const { next } = place;
    const word = RESTING.has(this.#state(node)) ? this.#word(node, place) : null;
    if (word === null) return false;
    this.#parts.engine.tell(machineId('node', node), 'scenario', word);
    return place.next > next && this.awaits(node);
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
      // What is on would not notice a new boot device.
      const isInTheWay = step.do === 'boot' && IS_ON.includes(state);
      if (isInTheWay && !place.isCleared) {
        place.isCleared = true;
        return { type: 'release.requested', at };
      }
      place.next += 1;
      place.isCleared = false;
      if (takes.includes(state) && !isInTheWay) return eventOf(step, at);
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
    const { clock, onTime } = this.#parts;
    clock.setTimer(until - clock.now(), () => onTime(node));
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

function repeated(step: NodeStep): readonly NodeStep[] {
  return step.do === 'power-cycle' ? Array.from({ length: step.times }, () => step) : [step];
}

/** Where a node stood in its program when the rig crashed, by what it was told. */
function placeOf({ id, bmc }: SiteNode, steps: readonly NodeStep[] | null, past: Past): Place {
  const told = past.toldTo(machineId('node', id));
  const entry = bmc === null ? [] : ENTRY.slice(Math.min(told.length, ENTRY.length));
  const place: Place = { steps, next: 0, isCleared: false, entry };
  for (const word of told.slice(bmc === null ? 0 : ENTRY.length)) takeUp(place, word);
  return place;
}

function takeUp(place: Place, word: string): void {
  const { steps } = place;
  if (word === 'provide.requested') return;
  place.isCleared = word === WORDS['power-off'] && steps?.[place.next]?.do === 'boot';
  if (place.isCleared) return;
  if (steps === null) place.next = 1;
  else while (place.next < steps.length) if (WORDS[steps[place.next++]?.do ?? 'boot'] === word) return;
}
