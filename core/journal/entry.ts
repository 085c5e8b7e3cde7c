import type { EffectInput, EffectKind, Outcome } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import type { MachineId } from '../ids.js';

/** The version of the entries below. A reader refuses what it does not know. */
export const JOURNAL_VERSION = 1;

/** What starts a journal: enough to run it again. */
export interface Opening {
  readonly version: typeof JOURNAL_VERSION;
  readonly scenario: string;
  readonly world: string;
  readonly seed: number;
}

/** One thing that happened, in our words; nothing of xstate's, no wall-clock time, no secret. */
export type Happening =
  | ({ readonly entry: 'opened' } & Opening)
  | { readonly entry: 'started'; readonly machine: MachineId; readonly kind: string; readonly input: unknown }
  /** Told from outside (operator, scenario), or by another machine (`from`). */
  | {
      readonly entry: 'told';
      readonly machine: MachineId;
      readonly from: string;
      readonly event: { readonly type: string; readonly at: number };
    }
  | { readonly entry: 'entered'; readonly machine: MachineId; readonly state: string }
  | {
      readonly entry: 'effect.asked';
      readonly machine: MachineId;
      readonly ask: number;
      readonly effect: EffectKind;
      readonly input: EffectInput;
    }
  | {
      readonly entry: 'effect.done';
      readonly machine: MachineId;
      readonly ask: number;
      readonly effect: EffectKind;
      readonly output: Outcome;
    }
  | {
      readonly entry: 'effect.failed';
      readonly machine: MachineId;
      readonly ask: number;
      readonly effect: EffectKind;
      readonly at: number;
      readonly fault: Fault;
    }
  /** Came over the bus: acknowledged once this is on the disk, done right after unless there is a fault. */
  | {
      readonly entry: 'requested';
      readonly stream: string;
      /** Its number in its stream. */
      readonly request: number;
      /** Null where it was refused on the way in. */
      readonly said: { readonly topic: string; readonly payload: unknown } | null;
      readonly fault: Fault | null;
    }
  | { readonly entry: 'unexpected'; readonly machine: MachineId; readonly event: string }
  /** Broken on purpose, and healed again. */
  | { readonly entry: 'mishap'; readonly mishap: string; readonly node: string; readonly change: 'begins' | 'heals' }
  /** The rig itself is told of a fault that belongs to no machine (a full disk, a cut capture). */
  | { readonly entry: 'fault'; readonly fault: Fault }
  | { readonly entry: 'resumed'; readonly entries: number }
  /** The node ran on while the rig was gone: by the same process (`pid`), in the same power-on (counted from 1). */
  | { readonly entry: 'taken.over'; readonly node: string; readonly pid: number; readonly powerOn: number }
  | { readonly entry: 'closed'; readonly verdict: 'pass' | 'fail' };

/** A happening in its place: numbered from 1 without a gap, stamped with the run's own time in ms. */
export type Entry = Happening & { readonly seq: number; readonly at: number };

/** Takes an entry. @returns false when it could not be written: then nothing may be acted on any more */
export type Append = (happening: Happening, at: number) => boolean;
