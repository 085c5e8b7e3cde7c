import { runSim } from '../sim/run.js';
import type { PlayWorld } from './world.js';

/** The simulated world, as `run` plays it; `compose/emulated.ts` puts the emulated one together. */
export const playSim: PlayWorld = ({ plan, seed, append, steppers, onEntered, signal }) => {
  const outcome = runSim({ plan, seed, append, steppers, onEntered, isInterrupted: () => signal.aborted });
  const faults = outcome.fault === null ? [] : [outcome.fault];
  return Promise.resolve({ ...outcome, faults, versions: {} });
};
