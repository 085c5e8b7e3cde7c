import type { Answer, EffectInput, EffectKind } from './catalog.js';

/** Ends an effect that nobody waits for any more. After it, or after the answer, it does nothing. */
export type Cancel = () => void;

/**
 * The seam. Sim, emulated, real and recording are values of this one type; wrappers stack around it.
 * `answer` is called at most once, during the call or later, and never after the cancel.
 */
export type Perform = <K extends EffectKind>(
  effect: K,
  input: EffectInput<K>,
  answer: (answer: Answer<K>) => void,
) => Cancel;

/** An effect under the number that the journal has for it: the same one after a crash, and never another effect's. */
export interface Asked<K extends EffectKind = EffectKind> {
  readonly ask: number;
  readonly effect: K;
  readonly input: EffectInput<K>;
}

/** Performs elsewhere what has its hands there; null: it is performed here. `answer` is called as by `Perform`. */
export type PerformFar = <K extends EffectKind>(asked: Asked<K>, answer: (answer: Answer<K>) => void) => Cancel | null;
