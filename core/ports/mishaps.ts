import type { NodeId } from '../ids.js';
import type { Mishap } from '../scenario/scenario.js';

/** How a world breaks things on purpose, and mends them. Beginning or healing twice does nothing more. */
export interface MishapPort {
  begin(mishap: Mishap): void;
  heal(mishap: Mishap): void;
  /** Calls `reached` once, when a write to a slot of the node has come so far. */
  atWritten(node: NodeId, percent: number, reached: () => void): void;
}
