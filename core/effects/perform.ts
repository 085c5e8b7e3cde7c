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
