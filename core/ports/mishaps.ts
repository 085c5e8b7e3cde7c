import type { Mishap } from '../scenario/scenario.js';

/** How a world breaks things on purpose, and mends them. Beginning or healing twice does nothing more. */
export interface MishapPort {
  begin(mishap: Mishap): void;
  heal(mishap: Mishap): void;
}
