import type { Clock } from '../clock.js';
import type { Engine } from '../engine/engine.js';
import type { Standing, Stepper } from '../engine/step.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { Append } from '../journal/entry.js';
import type { MachineKind } from '../machines/steppers.js';
import type { MishapPort } from '../ports/mishaps.js';
import type { Plan } from '../scenario/plan.js';
import type { Mishap } from '../scenario/scenario.js';

export interface DirectorParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly append: Append;
  readonly mishaps: MishapPort;
  readonly steppers: Readonly<Record<MachineKind, Stepper>>;
  /** Called once: every node has settled, or the run's time is up. */
  readonly onOver: (how: 'settled' | 'overtime') => void;
}

/** States of a node in which its part of a scenario is played. */
const SETTLED = new Set(['active', 'deployFailed']);

/** Plays a scenario on an engine, in any world: starts the machines, breaks what is to be broken, sees when all is over. */
export class Director {
  readonly #parts: DirectorParts;
  readonly #settled = new Set<MachineId>();
  /** Mishaps that begin when a boot reaches a stage, by `boot:node stage`. */
  readonly #cues = new Map<string, Mishap[]>();
  #isOver = false;

  constructor(parts: DirectorParts) {
    this.#parts = parts;
  }

  begin(engine: Engine): void {
    const { plan, clock, steppers } = this.#parts;
    for (const mishap of plan.scenario.mishaps) this.#arrange(mishap);
    const { deadlines } = plan;
    for (const { id } of plan.nodes) {
      engine.start(machineId('node', id), steppers.node, { node: id });
      engine.start(machineId('boot', id), steppers.boot, { node: id, deadlines_ms: deadlines });
    }
    for (const { id } of plan.nodes) {
      engine.tell(machineId('node', id), 'scenario', { type: 'deploy.requested', at: clock.now() });
    }
    const { limit_ms } = plan.scenario;
    if (limit_ms !== null) clock.setTimer(limit_ms, () => this.#end('overtime'));
  }

  /** For the engine's `onEntered`. */
  readonly entered = (machine: MachineId, { state }: Standing): void => {
    if (machine.startsWith('node:')) this.#noteNode(machine, state);
    if (this.#cues.size === 0) return;
    const cue = `${machine} ${state}`;
    const mishaps = this.#cues.get(cue) ?? [];
    this.#cues.delete(cue);
    for (const mishap of mishaps) this.#start(mishap);
  };

  /** Nodes whose part is not played yet. */
  unfinished(): readonly NodeId[] {
    return this.#parts.plan.nodes.map(({ id }) => id).filter((id) => !this.#settled.has(machineId('node', id)));
  }

  #noteNode(machine: MachineId, state: string): void {
    if (!SETTLED.has(state)) {
      this.#settled.delete(machine);
      return;
    }
    this.#settled.add(machine);
    if (this.#settled.size < this.#parts.plan.nodes.length) return;
    // What this step still does, and evidence of this same instant, may unsettle a node again.
    this.#parts.clock.setTimer(0, () => {
      if (this.#settled.size === this.#parts.plan.nodes.length) this.#end('settled');
    });
  }

  #end(how: 'settled' | 'overtime'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.onOver(how);
  }

  #arrange(mishap: Mishap): void {
    const { when, node } = mishap;
    if (when === null) {
      this.#start(mishap);
    } else if (when.kind === 'at') {
      this.#parts.clock.setTimer(when.at_ms, () => this.#start(mishap));
    } else {
      const cue = `${machineId('boot', node)} ${when.stage}`;
      this.#cues.set(cue, [...(this.#cues.get(cue) ?? []), mishap]);
    }
  }

  #start(mishap: Mishap): void {
    const { clock, append, mishaps } = this.#parts;
    if (this.#isOver) return;
    append({ entry: 'mishap', mishap: mishap.mishap, node: mishap.node, change: 'begins' }, clock.now());
    mishaps.begin(mishap);
    const { healsAfter_ms } = mishap;
    if (healsAfter_ms === null) return;
    clock.setTimer(healsAfter_ms, () => {
      if (this.#isOver) return;
      append({ entry: 'mishap', mishap: mishap.mishap, node: mishap.node, change: 'heals' }, clock.now());
      mishaps.heal(mishap);
    });
  }
}
