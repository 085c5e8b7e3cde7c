import { Engine } from '../core/engine/engine.js';
import type { Standing, Stepper } from '../core/engine/step.js';
import type { Fault } from '../core/faults/fault.js';
import type { MachineId } from '../core/ids.js';
import type { Append } from '../core/journal/entry.js';
import type { MachineKind } from '../core/machines/steppers.js';
import type { Sending } from '../core/report/sending.js';
import { Director } from '../core/run/director.js';
import { openSimRack, type SimRackParts } from './rack.js';

export interface SimParts extends SimRackParts {
  readonly append: Append;
  readonly steppers: Readonly<Record<MachineKind, Stepper>>;
  readonly onEntered?: (machine: MachineId, standing: Standing) => void;
  /** Looked at now and then: a person may want to stop a long run. */
  readonly isInterrupted?: () => boolean;
}

export interface SimOutcome {
  readonly how: 'settled' | 'overtime' | 'stuck' | 'interrupted';
  readonly virtual_ms: number;
  readonly standing: (machine: MachineId) => Standing | undefined;
  /** Why steps were left, where that is known. */
  readonly fault: Fault | null;
  /** What went out of images, in the order of its ends. */
  readonly sendings: readonly Sending[];
}

const STEPS_BETWEEN_LOOKS = 10_000;

/** Runs a scenario in the simulated world to its end. One seed, one run, one journal. */
export function runSim(parts: SimParts): SimOutcome {
  const { plan, seed, append, steppers, onEntered } = parts;
  const { clock, perform, mishaps, fleet } = openSimRack(parts);
  let how: SimOutcome['how'] = 'stuck';
  let fault: Fault | null = null;
  const director: Director = new Director({
    plan,
    clock,
    append,
    steppers,
    mishaps,
    onOver: (end, why) => {
      how = end;
      fault = why;
    },
  });
  const engine = new Engine({
    clock,
    perform,
    append,
    onEntered: (machine, standing) => {
      onEntered?.(machine, standing);
      director.entered(machine, standing);
    },
  });
  append({ entry: 'opened', version: 1, scenario: plan.scenario.name, world: 'sim', seed }, 0);
  director.begin(engine);
  const isInterrupted = parts.isInterrupted ?? (() => false);
  for (let steps = 1; how === 'stuck' && clock.step(); steps += 1) {
    if (steps % STEPS_BETWEEN_LOOKS === 0 && isInterrupted()) how = 'interrupted';
  }
  const { sendings } = fleet.sender;
  return { how, fault, sendings, virtual_ms: clock.now(), standing: (machine) => engine.standing(machine) };
}
