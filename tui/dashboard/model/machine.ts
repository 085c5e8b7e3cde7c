import type { EffectInput, EffectKind } from '../../../core/effects/catalog.js';
import type { Standing } from '../../../core/engine/step.js';
import type { Fault } from '../../../core/faults/fault.js';
import type { MachineId } from '../../../core/ids.js';
import type { MachineKind } from '../../../core/machines/steppers.js';

/** An effect that a machine waits for. */
export interface Asked {
  readonly effect: EffectKind;
  readonly input: EffectInput;
  readonly at: number;
}

/** A machine as the journal has it; replaced, never changed. */
export interface Machine {
  readonly id: MachineId;
  readonly kind: MachineKind;
  /** The node, image or reservation that it is of. */
  readonly of: string;
  readonly standing: Standing;
  /** When its state was entered; waiting on in the same state is no entering. */
  readonly since: number;
  readonly asked: Asked | null;
}

/** What went wrong last, as the machine itself has it. */
export function faultIn({ context }: Standing): Fault | null {
  const { failure, fault } = context as { readonly failure?: { readonly cause: Fault } | null; readonly fault?: Fault };
  return failure?.cause ?? fault ?? null;
}
