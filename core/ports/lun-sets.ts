import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';
import type { WipeProof } from './wipe-proof.js';

/** One of the two is active: nodes that boot see it. The other one is for staging. */
export type LunSet = 'a' | 'b';

export const LUN_SETS: readonly LunSet[] = ['a', 'b'];

/** What an activation left. */
export interface LunSwitch {
  readonly active: LunSet;
  /** The set that was active before this activation; itself where nothing changed. */
  readonly before: LunSet;
  /** What each root node boots next; null: it has no LUN. */
  readonly holds: readonly { readonly node: NodeId; readonly image: string | null }[];
}

/** The LUNs of all root nodes. Each node has a copy-on-write clone of its own in each set. */
export interface LunSetPort {
  /**
   * Each of `nodes` has a fresh clone of the image in the staging set, and every other node what it has in the active
   * one. @returns the set that was staged into
   */
  stage(image: string, nodes: readonly NodeId[], signal: AbortSignalLike): Promise<LunSet>;
  /** At one instant for all nodes; a node sees the set at its next boot. Waits for stagings into `set` to end. */
  activate(set: LunSet, signal: AbortSignalLike): Promise<LunSwitch>;
  /** Clears the node's clones of the image, in both sets, and reads back what they lay on. */
  wipe(node: NodeId, image: string, signal: AbortSignalLike): Promise<WipeProof>;
}
