import { readMachine } from '../engine/table.js';
import { MACHINES, type MachineKind } from '../machines/steppers.js';

/** States in which a machine waits for nothing but to be asked. */
export function restingStates(kind: MachineKind): ReadonlySet<string> {
  const { leaves } = readMachine(MACHINES[kind]);
  return new Set(leaves.filter(({ tags }) => tags.includes('stable')).map(({ path }) => path));
}
