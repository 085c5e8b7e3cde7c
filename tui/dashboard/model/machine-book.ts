import { readMachine, type Leaf } from '../../../core/engine/table.js';
import { compiledSteppers, MACHINES, type MachineKind, type Steppers } from '../../../core/machines/steppers.js';

/** What the machines say of their own states, read once each. */
export class MachineBook {
  readonly steppers: Steppers = compiledSteppers();
  readonly #leaves = new Map<MachineKind, ReadonlyMap<string, Leaf>>();

  /** @returns undefined for a state of another version of the machine */
  leaf(kind: MachineKind, state: string): Leaf | undefined {
    const known = this.#leaves.get(kind);
    if (known !== undefined) return known.get(state);
    const read = new Map(readMachine(MACHINES[kind]).leaves.map((leaf) => [leaf.path, leaf]));
    this.#leaves.set(kind, read);
    return read.get(state);
  }

  /** Whether a machine waits for nothing there but to be asked. */
  isAtRest(kind: MachineKind, state: string): boolean {
    return this.leaf(kind, state)?.tags.includes('stable') ?? true;
  }

  isBad(kind: MachineKind, state: string): boolean {
    return this.leaf(kind, state)?.meta.tone === 'bad';
  }
}

export function isMachineKind(kind: string): kind is MachineKind {
  return Object.hasOwn(MACHINES, kind);
}
