import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

/** The light by which a person in front of the rack finds a node. */
export interface IdentifyPort {
  /** Lit until it is put out. */
  ensure(node: NodeId, want: 'on' | 'off', signal: AbortSignalLike): Promise<void>;
}
