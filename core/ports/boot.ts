import type { Evidence } from '../evidence.js';
import type { NodeId } from '../ids.js';

/** What is known of a node's boot, as it becomes known. */
export interface BootPort {
  /**
   * Calls `seen` once with the first evidence whose `seq` is greater than `after`: at once where it is known already
   * (be it during the call), else when it comes. Nothing is lost between two calls.
   * @returns cancels the wait
   */
  next(node: NodeId, after: number, seen: (evidence: Evidence) => void): () => void;
}
