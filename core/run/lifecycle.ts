import type { Clock } from '../clock.js';
import type { Fault } from '../faults/fault.js';
import type { Engine } from '../engine/engine.js';
import type { Standing } from '../engine/step.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { Holding } from '../machines/deployment-context.js';
import type { MachineKind, Steppers } from '../machines/steppers.js';
import { MEDIUM_OF_KIND } from '../scenario/parse-lifecycle.js';
import type { Plan } from '../scenario/plan.js';
import type { Past } from './past.js';
import { restingStates } from './rest.js';
import { Timeline } from './timeline.js';

export interface LifecycleParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly steppers: Steppers;
  readonly engine: Engine;
  readonly past: Past;
  readonly holds?: ReadonlyMap<NodeId, readonly Holding[]> | undefined;
  /** Called, be it more than once, when nothing is under way and no step will be taken any more; with why, if known. */
  readonly onRest: (why: Fault | null) => void;
}

/** The kinds whose machines say whether anything is under way: a node that waits in its ramdisk is not at rest. */
const KINDS = ['image', 'lunBranch', 'deployment'] as const satisfies readonly MachineKind[];

/** Plays the images of a scenario: starts their machines, takes its steps, sees when all has come to rest. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #timeline: Timeline;
  readonly #resting = new Map<string, ReadonlySet<string>>(KINDS.map((kind) => [kind, restingStates(kind)]));
  readonly #busy = new Set<MachineId>();
  #isLooking = false;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#timeline = new Timeline({ ...parts, onTime: () => this.#look() });
  }

  begin(): void {
    for (const [id, kind, input] of this.#machines()) {
      const { engine, past, steppers } = this.#parts;
      if (!past.hasStarted(id)) engine.start(id, steppers[kind], input);
      const standing = engine.standing(id);
      if (standing !== undefined) this.#note(id, standing);
    }
    this.#look();
  }

  /** For the engine's `onEntered`. */
  entered(machine: MachineId, standing: Standing): void {
    this.#timeline.entered(machine, standing);
    this.#note(machine, standing);
    this.#look();
  }

  #machines(): readonly (readonly [MachineId, (typeof KINDS)[number], unknown])[] {
    const { plan } = this.#parts;
    const nodes = plan.nodes.map(({ id, kind, slot, image }) => {
      const slots = this.#parts.holds?.get(id) ?? (slot === null ? [] : [{ slot, image: image.name }]);
      const input = { node: id, medium: MEDIUM_OF_KIND[kind], slots };
      return [machineId('deployment', id), 'deployment', input] as const;
    });
    const images = [...plan.scenario.images.values()].flatMap(({ name, project, media }) => {
      const image = [machineId('image', name), 'image', { image: name, project, media }] as const;
      const branch = [machineId('lunBranch', name), 'lunBranch', { image: name }] as const;
      return media.includes('lun') ? [image, branch] : [image];
    });
    return [...nodes, ...images];
  }

  #note(machine: MachineId, { state }: Standing): void {
    const resting = this.#resting.get(machine.slice(0, machine.indexOf(':')));
    if (resting === undefined) return;
    if (resting.has(state)) this.#busy.delete(machine);
    else this.#busy.add(machine);
  }

  /** Looks once this instant is over: what its step still does may unsettle what has just come to rest. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.clock.setTimer(0, () => {
      this.#isLooking = false;
      this.#timeline.advance();
      if (this.#busy.size === 0 && !this.#timeline.isWaiting) this.#parts.onRest(this.#timeline.shortage);
    });
  }
}
