import type { Clock } from '../clock.js';
import type { Fault } from '../faults/fault.js';
import type { Engine } from '../engine/engine.js';
import type { Standing } from '../engine/step.js';
import { machineId, type MachineId, type NodeId } from '../ids.js';
import type { DeploymentContext, Holding } from '../machines/deployment-context.js';
import type { ImageContext, ImageEvent } from '../machines/image-context.js';
import type { Medium } from '../ports/image.js';
import type { ImageState, ScenarioImage, Step } from '../scenario/lifecycle.js';
import { MEDIUM_OF_KIND } from '../scenario/parse-lifecycle.js';
import type { Plan } from '../scenario/plan.js';
import type { SiteNode } from '../site/site.js';
import type { Past } from './past.js';
import { chooseSlot, type SlotUse } from './slot-choice.js';

/** In which states an image can take what a step asks of it. */
const TAKEN_IN: Readonly<Record<Step['do'], readonly ImageState[]>> = {
  'hand-in': ['registered', 'validationFailed', 'storeFailed'],
  deploy: ['stored', 'deployFailed', 'takeOffFailed'],
  'switch-default': ['ready.all', 'degraded'],
  'roll-back': ['running', 'degraded', 'ready.all'],
  'take-off': ['validationFailed', 'storeFailed', 'ready.all', 'running', 'degraded', 'deployFailed', 'takeOffFailed'],
};

/** Where its way to the nodes can be broken off, by a step that says when. */
const ON_ITS_WAY: readonly ImageState[] = [
  'scheduled',
  'deploying.both',
  'deploying.lun',
  'deploying.slot',
  'ready.lun',
  'ready.slot',
  'starting',
];

const WORDS = {
  'hand-in': 'handIn.requested',
  'switch-default': 'start.requested',
  'roll-back': 'rollBack.requested',
  'take-off': 'takeOff.requested',
} as const satisfies Readonly<Record<Exclude<Step['do'], 'deploy'>, ImageEvent['type']>>;

export interface TimelineParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly past: Past;
  /** Called when the time of a step has come, be it that it can be taken or not. */
  readonly onTime: () => void;
}

/** Takes the steps of a scenario one after the other, each as soon as its image can take it and its time has come. */
export class Timeline {
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #engine: Engine;
  /** States that images have come into since the step before. */
  readonly #seen: Set<string>;
  #taken: number;

  constructor({ plan, clock, engine, past, onTime }: TimelineParts) {
    this.#plan = plan;
    this.#clock = clock;
    this.#engine = engine;
    this.#taken = past.stepsTaken;
    this.#seen = new Set(past.seenSinceStep);
    for (const { when } of this.#plan.scenario.steps.slice(this.#taken)) {
      if (when?.kind === 'at') clock.setTimer(when.at_ms - clock.now(), onTime);
    }
  }

  /** Whether a step waits for nothing but its time. */
  get isWaiting(): boolean {
    const when = this.#next()?.when;
    return when?.kind === 'at' && when.at_ms > this.#clock.now();
  }

  /** Why the next step is not taken, although its image could take it: a node has no slot that it may have. */
  get shortage(): Fault | null {
    const step = this.#next();
    if (step?.do !== 'deploy' || !this.#isDue(step)) return null;
    const image = this.#plan.scenario.images.get(step.image);
    const nodes = image === undefined ? [] : this.#nodesFor(image, step);
    const lacking = nodes.find(({ medium, slot }) => medium === 'slot' && slot === null);
    if (lacking === undefined) return null;
    return { code: 'DPL-004', kind: 'slot.none', node: lacking.node, image: step.image };
  }

  entered(machine: MachineId, { state }: Standing): void {
    if (machine.startsWith('image:')) this.#seen.add(`${machine} ${state}`);
  }

  /** Takes what steps can be taken now. Not to be called from inside of a step of the engine. */
  advance(): void {
    for (let step = this.#next(); step !== undefined; step = this.#next()) {
      const event = this.#isDue(step) ? this.#eventOf(step) : null;
      if (event === null) return;
      this.#taken += 1;
      this.#seen.clear();
      this.#engine.tell(machineId('image', step.image), 'scenario', event);
    }
  }

  #next(): Step | undefined {
    return this.#plan.scenario.steps[this.#taken];
  }

  #isDue({ do: what, image, when }: Step): boolean {
    const state = this.#engine.standing(machineId('image', image))?.state;
    const takenIn = what === 'take-off' && when !== null ? [...TAKEN_IN[what], ...ON_ITS_WAY] : TAKEN_IN[what];
    if (!takenIn.some((taking) => taking === state)) return false;
    if (when === null) return true;
    if (when.kind === 'at') return this.#clock.now() >= when.at_ms;
    const waited = machineId('image', when.image);
    return this.#seen.has(`${waited} ${when.state}`) || this.#engine.standing(waited)?.state === when.state;
  }

  /** Null where it cannot be taken yet. */
  #eventOf(step: Step): ImageEvent | null {
    const at = this.#clock.now();
    if (step.do !== 'deploy') return { type: WORDS[step.do], at };
    const image = this.#plan.scenario.images.get(step.image);
    const nodes = image === undefined ? [] : this.#nodesFor(image, step);
    if (nodes.some(({ medium, slot }) => medium === 'slot' && slot === null)) return null;
    const { policy, isWanted, startsAt_ms } = step;
    return { type: 'deploy.requested', at, nodes, policy, isWanted, startsAt: Math.max(at, startsAt_ms) };
  }

  #nodesFor({ media, name }: ScenarioImage, { nodes, slot }: Extract<Step, { do: 'deploy' }>) {
    return nodesOf(this.#plan, media, nodes).map(({ id, kind }) => {
      if (kind === 'root') return { node: id, medium: 'lun' as const, slot: null };
      return { node: id, medium: 'slot' as const, slot: slot ?? this.#chooseSlot(id, name) };
    });
  }

  #chooseSlot(node: NodeId, image: string): number | null {
    const { site } = this.#plan;
    const { slots = [] } = this.#contextOf<DeploymentContext>('deployment', node) ?? {};
    const given = [...this.#plan.scenario.images.keys()].flatMap((name) => this.#givenTo(name, node));
    const uses = [...slots, ...given].map((use): SlotUse => ({ ...use, ...this.#useOf(use.image) }));
    return chooseSlot({ slots: site.disk.slots, uses, image });
  }

  /** A slot may be given to an image that has not set out for it yet. */
  #givenTo(image: string, id: NodeId): readonly Holding[] {
    const { nodes = [] } = this.#contextOf<ImageContext>('image', image) ?? {};
    return nodes.flatMap(({ node, slot, is }) =>
      node !== id || slot === null || is === 'wiped' ? [] : [{ slot, image }],
    );
  }

  /** An image that is on its way or runs is not to be cleared away; of the others, the one longest at rest. */
  #useOf(image: string): Pick<SlotUse, 'mayGo' | 'since'> {
    const { passed = [] } = this.#contextOf<ImageContext>('image', image) ?? {};
    const last = passed.at(-1);
    return { mayGo: last?.state === 'ready.all', since: last?.at ?? 0 };
  }

  #contextOf<T>(kind: 'image' | 'deployment', of: string): T | undefined {
    return this.#engine.standing(machineId(kind, of))?.context as T | undefined;
  }
}

/** The nodes that an image can be for: all of its kinds, or those that were named. */
export function nodesOf(plan: Plan, media: readonly Medium[], named: readonly NodeId[] | null): readonly SiteNode[] {
  return plan.nodes.filter(
    ({ id, kind }) => media.includes(MEDIUM_OF_KIND[kind]) && (named === null || named.includes(id)),
  );
}
