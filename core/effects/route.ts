import type { Answer, EffectInput, EffectKind } from './catalog.js';
import type { Cancel, Perform } from './perform.js';

/** One handler an effect. A missing or misspelt one does not compile. */
export type Handlers = {
  readonly [K in EffectKind]: (input: EffectInput<K>, answer: (answer: Answer<K>) => void) => Cancel;
};

export function route(handlers: Handlers): Perform {
  return (effect, input, answer) => handlers[effect](input, answer);
}
