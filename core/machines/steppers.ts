import { compiledStepper } from '../engine/compile.js';
import { referenceStepper, type Stepper } from '../engine/step.js';
import { bootMachine } from './boot.machine.js';
import { nodeMachine } from './node.machine.js';
import { reservationMachine } from './reservation.machine.js';

/** All machines by kind, as xstate has them: what diagrams, docs and properties read. */
export const MACHINES = { node: nodeMachine, boot: bootMachine, reservation: reservationMachine } as const;
export type MachineKind = keyof typeof MACHINES;

/** What runs and replays step by. */
export function compiledSteppers(): Readonly<Record<MachineKind, Stepper>> {
  return {
    node: compiledStepper('node', nodeMachine),
    boot: compiledStepper('boot', bootMachine),
    reservation: compiledStepper('reservation', reservationMachine),
  };
}

/** The same machines through xstate's own pure functions. */
export function referenceSteppers(): Readonly<Record<MachineKind, Stepper>> {
  return {
    node: referenceStepper('node', nodeMachine),
    boot: referenceStepper('boot', bootMachine),
    reservation: referenceStepper('reservation', reservationMachine),
  };
}
