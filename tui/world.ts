import type { Standing, Stepper } from '../core/engine/step.js';
import type { Fault } from '../core/faults/fault.js';
import type { MachineId, NodeId } from '../core/ids.js';
import type { Append, Entry } from '../core/journal/entry.js';
import type { MachineKind } from '../core/machines/steppers.js';
import type { Sending } from '../core/report/sending.js';
import type { Plan } from '../core/scenario/plan.js';
import type { Bundle } from '../drivers/run-bundle/bundle.js';

/** How far a write to a slot is. */
export interface SlotProgress {
  readonly node: NodeId;
  readonly slot: number;
  readonly percent: number;
}

/** What a world is given to play a scenario. */
export interface WorldParts {
  readonly plan: Plan;
  readonly seed: number;
  readonly append: Append;
  /** What was journaled of this run before its rig was killed; it goes on from there. */
  readonly earlier?: readonly Entry[];
  readonly steppers: Readonly<Record<MachineKind, Stepper>>;
  readonly onEntered: (machine: MachineId, standing: Standing) => void;
  readonly bundle: Bundle;
  readonly signal: AbortSignal;
  /** Told at each whole percent. */
  readonly onSlotProgress: (progress: SlotProgress) => void;
  /** What is going on before the first stage, for a person who waits. */
  readonly progress: (text: string) => void;
}

export interface WorldOutcome {
  readonly how: 'settled' | 'overtime' | 'stuck' | 'interrupted';
  readonly virtual_ms: number;
  readonly standing: (machine: MachineId) => Standing | undefined;
  /** What went out of images. */
  readonly sendings: readonly Sending[];
  /** Faults that belong to no node. */
  readonly faults: readonly Fault[];
  /** What took part, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Plays a scenario to its end. */
export type PlayWorld = (parts: WorldParts) => Promise<WorldOutcome>;
