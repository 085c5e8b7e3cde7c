import { compiledStepper } from '../engine/compile.js';
import { referenceStepper, type Stepper } from '../engine/step.js';
import { bootMachine } from './boot.machine.js';
import { deploymentMachine } from './deployment.machine.js';
import { imageMachine } from './image.machine.js';
import { lunBranchMachine } from './lun-branch.machine.js';
import { nodeMachine } from './node.machine.js';
import { reservationMachine } from './reservation.machine.js';

/** All machines by kind, as xstate has them: what diagrams, docs and properties read. */
export const MACHINES = {
  node: nodeMachine,
  boot: bootMachine,
  image: imageMachine,
  lunBranch: lunBranchMachine,
  deployment: deploymentMachine,
  reservation: reservationMachine,
} as const;
export type MachineKind = keyof typeof MACHINES;
export type Steppers = Readonly<Record<MachineKind, Stepper>>;

/** What runs and replays step by. */
export function compiledSteppers(): Steppers {
  return {
    node: compiledStepper('node', nodeMachine),
    boot: compiledStepper('boot', bootMachine),
    image: compiledStepper('image', imageMachine),
    lunBranch: compiledStepper('lunBranch', lunBranchMachine),
    deployment: compiledStepper('deployment', deploymentMachine),
    reservation: compiledStepper('reservation', reservationMachine),
  };
}

/** The same machines through xstate's own pure functions. */
export function referenceSteppers(): Steppers {
  return {
    node: referenceStepper('node', nodeMachine),
    boot: referenceStepper('boot', bootMachine),
    image: referenceStepper('image', imageMachine),
    lunBranch: referenceStepper('lunBranch', lunBranchMachine),
    deployment: referenceStepper('deployment', deploymentMachine),
    reservation: referenceStepper('reservation', reservationMachine),
  };
}
