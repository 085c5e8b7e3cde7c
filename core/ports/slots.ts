import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';
import type { WipeProof } from './wipe-proof.js';

export interface SlotWrite {
  readonly node: NodeId;
  /** From 1 on: the partition sda5 is slot 1. */
  readonly slot: number;
  readonly image: string;
  /** All nodes that are to take the image at once; who of them does not come holds nobody up. */
  readonly among: readonly NodeId[];
}

/**
 * The slots of a mesh node's disk, worked by the deploy ramdisk that the node is in. Cut off at any instant, each
 * leaves the default as it was and no slot bootable that is not whole.
 */
export interface SlotPort {
  /** The slot holds the image, with a boot loader of its own. A slot that does is left as it is. */
  write(order: SlotWrite, signal: AbortSignalLike): Promise<void>;
  setDefault(node: NodeId, slot: number, signal: AbortSignalLike): Promise<void>;
  wipe(node: NodeId, slot: number, signal: AbortSignalLike): Promise<WipeProof>;
}
