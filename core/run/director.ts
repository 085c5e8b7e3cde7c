import type { Clock } from '../clock.js';
import type { Fault } from '../faults/fault.js';
import type { Engine } from '../engine/engine.js';
import type { Standing } from '../engine/step.js';
import { machineId, nodeId, type MachineId, type NodeId } from '../ids.js';
import type { Holding } from '../machines/deployment-context.js';
import type { Append, Entry } from '../journal/entry.js';
import type { Steppers } from '../machines/steppers.js';
import type { MishapPort } from '../ports/mishaps.js';
import type { Plan } from '../scenario/plan.js';
import type { Mishap } from '../scenario/scenario.js';
import { Lifecycle } from './lifecycle.js';
import { NodePrograms } from './node-program.js';
import { NOTHING_PAST, Past } from './past.js';

export interface DirectorParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly append: Append;
  readonly mishaps: MishapPort;
  readonly steppers: Steppers;
  /** What slots hold from the start, by node; of one that is not here the image that its site gives it. */
  readonly holds?: ReadonlyMap<NodeId, readonly Holding[]> | undefined;
  /** Called once: every node has settled, or the run's time is up. With why steps were left, where that is known. */
  readonly onOver: (how: 'settled' | 'overtime', fault: Fault | null) => void;
}

/** Plays a scenario on an engine, in any world: starts the machines, breaks what is to break, sees when all is over. */
export class Director {
  readonly #parts: DirectorParts;
  readonly #settled = new Set<NodeId>();
  /** Mishaps that begin when a boot reaches a stage, by `boot:node stage`. */
  readonly #cues = new Map<string, Mishap[]>();
  /** Where images take part, they and what brings them to the nodes have the run. */
  #lifecycle: Lifecycle | null = null;
  #programs: NodePrograms | null = null;
  #isOver = false;

  constructor(parts: DirectorParts) {
    this.#parts = parts;
  }

  /** Plays the scenario, or what is left of it after a crash. */
  begin(engine: Engine, earlier: EarlierLife = NO_EARLIER_LIFE): void {
    const { plan, clock, steppers } = this.#parts;
    const past = earlier.entries.length === 0 ? NOTHING_PAST : new Past(earlier.entries);
    for (const mishap of plan.scenario.mishaps) this.#arrange(mishap, past);
    earlier.recover();
    const { deadlines } = plan;
    const hasImages = plan.scenario.images.size > 0;
    for (const { id } of plan.nodes) {
      const [node, boot] = [machineId('node', id), machineId('boot', id)];
      const followed = hasImages ? { node: id, followers: [machineId('deployment', id)] } : { node: id };
      if (!past.hasStarted(node)) engine.start(node, steppers.node, followed);
      if (!past.hasStarted(boot)) engine.start(boot, steppers.boot, { node: id, deadlines_ms: deadlines });
    }
    if (hasImages) this.#beginLifecycle(engine, past);
    else this.#beginPrograms(engine, past);
    const { limit_ms } = plan.scenario;
    if (limit_ms !== null) clock.setTimer(limit_ms - clock.now(), () => this.#end('overtime'));
  }

  #beginLifecycle(engine: Engine, past: Past): void {
    const onRest = (why: Fault | null): void => this.#end('settled', why);
    this.#lifecycle = new Lifecycle({ ...this.#parts, engine, past, onRest });
    this.#lifecycle.begin();
  }

  #beginPrograms(engine: Engine, past: Past): void {
    const { plan } = this.#parts;
    const onTime = (node: NodeId): void => this.#advance(node, programs);
    const programs = new NodePrograms({ ...this.#parts, engine, past, onTime });
    this.#programs = programs;
    for (const { id } of plan.nodes) this.#advance(id, programs);
  }

  /** For the engine's `onEntered`. */
  readonly entered = (machine: MachineId, standing: Standing): void => {
    const { state } = standing;
    if (this.#lifecycle !== null) this.#lifecycle.entered(machine, standing);
    else if (this.#programs !== null && machine.startsWith('node:')) this.#nodeEntered(machine, this.#programs);
    if (this.#cues.size === 0) return;
    const cue = `${machine} ${state}`;
    const mishaps = this.#cues.get(cue) ?? [];
    this.#cues.delete(cue);
    for (const mishap of mishaps) this.#start(mishap);
  };

  /** Nodes whose part is not played yet. */
  unfinished(): readonly NodeId[] {
    return this.#parts.plan.nodes.map(({ id }) => id).filter((id) => !this.#settled.has(id));
  }

  #nodeEntered(machine: MachineId, programs: NodePrograms): void {
    const node = nodeId(machine.slice('node:'.length));
    // Once this instant is over: nothing is told from inside of a step of the engine.
    if (programs.awaits(node)) this.#advanceSoon(node, programs);
    this.#noteNode(node, programs);
  }

  #advanceSoon(node: NodeId, programs: NodePrograms): void {
    this.#parts.clock.setTimer(0, () => this.#advance(node, programs));
  }

  #advance(node: NodeId, programs: NodePrograms): void {
    if (this.#isOver) return;
    // What was told need not have moved it: then nothing else says that the next thing is due.
    if (programs.advance(node)) this.#advanceSoon(node, programs);
    this.#noteNode(node, programs);
  }

  #noteNode(node: NodeId, programs: NodePrograms): void {
    if (!programs.isOver(node)) {
      this.#settled.delete(node);
      return;
    }
    this.#settled.add(node);
    if (this.#settled.size < this.#parts.plan.nodes.length) return;
    // What this step still does, and evidence of this same instant, may unsettle a node again.
    this.#parts.clock.setTimer(0, () => {
      if (this.#settled.size === this.#parts.plan.nodes.length) this.#end('settled');
    });
  }

  #end(how: 'settled' | 'overtime', fault: Fault | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { append, clock, onOver } = this.#parts;
    if (fault !== null) append({ entry: 'fault', fault }, clock.now());
    onOver(how, fault);
  }

  #arrange(mishap: Mishap, past: Past): void {
    const { when, node } = mishap;
    const { clock, mishaps } = this.#parts;
    const episode = past.takeEpisode(mishap);
    if (episode !== null) {
      // Levels: the crash may have come between the entry and the act.
      mishaps.begin(mishap);
      if (episode.hasHealed) mishaps.heal(mishap);
      else this.#arrangeHealing(mishap, episode.beganAt);
    } else if (when === null) {
      this.#start(mishap);
    } else if (when.kind === 'at') {
      clock.setTimer(when.at_ms - clock.now(), () => this.#start(mishap));
    } else if (when.kind === 'writes') {
      mishaps.atWritten(node, when.percent, () => this.#start(mishap));
    } else if (past.hasEntered(machineId('boot', node), when.stage)) {
      this.#start(mishap);
    } else {
      const cue = `${machineId('boot', node)} ${when.stage}`;
      this.#cues.set(cue, [...(this.#cues.get(cue) ?? []), mishap]);
    }
  }

  #start(mishap: Mishap): void {
    const { clock, mishaps } = this.#parts;
    if (this.#isOver || !this.#journal(mishap, 'begins')) return;
    mishaps.begin(mishap);
    this.#arrangeHealing(mishap, clock.now());
  }

  #arrangeHealing(mishap: Mishap, beganAt: number): void {
    const { clock, mishaps } = this.#parts;
    const { healsAfter_ms } = mishap;
    if (healsAfter_ms === null) return;
    clock.setTimer(beganAt + healsAfter_ms - clock.now(), () => {
      if (!this.#isOver && this.#journal(mishap, 'heals')) mishaps.heal(mishap);
    });
  }

  #journal({ mishap, node }: Mishap, change: 'begins' | 'heals'): boolean {
    const { clock, append } = this.#parts;
    return append({ entry: 'mishap', mishap, node, change }, clock.now());
  }
}

/** What went before, when a run goes on after a crash of the rig. */
export interface EarlierLife {
  readonly entries: readonly Entry[];
  /** Called once all is arranged: the recovered engine goes on where the entries end. */
  readonly recover: () => void;
}

const NO_EARLIER_LIFE: EarlierLife = { entries: [], recover: () => {} };
