import type { NodeId } from '../ids.js';
import type { SetName } from '../luns/sets.js';
import type { AbortSignalLike } from './power.js';
import type { WipeProof } from './wipe-proof.js';

/** These nodes, this image. A level: asking twice is asking once. */
export interface LunOrder {
  /** The image's name on the shelf. */
  readonly image: string;
  readonly nodes: readonly NodeId[];
}

/** What a node has in the two sets. */
export interface NodeLunsView {
  readonly node: NodeId;
  /** What its next boot gets; null: no LUN. */
  readonly active: LunView | null;
  /** In the other set: what was staged for it, or what it had before the last switch. */
  readonly staged: LunView | null;
  readonly before: LunView | null;
  /** What the boot under way was given at its first login; null before it. */
  readonly booted: LunView | null;
}

export interface LunView {
  readonly image: string;
  readonly set: SetName;
  readonly lun: string;
}

/** What a node's next boot gets; null: it has no LUN. */
export interface LunHold {
  readonly node: NodeId;
  readonly image: string | null;
}

/** One LUN was cleared and read back whole: its blocks, and what told which of them it had written. */
export interface LunWipeProof extends WipeProof {
  readonly node: NodeId;
  readonly image: string;
  readonly lun: string;
  /** Of the bytes that were read back, in lower-case hex: that of `size_bytes` zeros. */
  readonly sha256: string;
}

/**
 * Two sets of LUNs for root nodes: one is active, images go to the other. All methods throw FaultError (LUN-...), and
 * change nothing then, save that a wipe may be half done: asked again, it goes on.
 */
export interface LunSetsPort {
  /** Each node has a fresh copy-on-write clone of the image in the other set, unless it is active there already. */
  stage(order: LunOrder, signal: AbortSignalLike): Promise<void>;
  /** The nodes' next boots get the image, of all of them or of none. LUN-012 where no set has it. */
  activate(order: LunOrder, signal: AbortSignalLike): Promise<void>;
  /** The nodes' next boots get what they had before this image, as they left it. LUN-013 where that is gone. */
  rollBack(order: LunOrder, signal: AbortSignalLike): Promise<void>;
  /** In the order of the nodes' names. */
  read(signal: AbortSignalLike): Promise<readonly NodeLunsView[]>;
  /**
   * The nodes' LUNs of this image are cleared, read back and gone: those of either set, of a boot and those staged over
   * earlier. A boot that had one is refused until the node is switched on.
   *
   * @returns proofs of all of them; the same when asked again, until the image is staged for the node anew
   */
  wipe(order: LunOrder, signal: AbortSignalLike): Promise<readonly LunWipeProof[]>;
}

/** The same LUNs, for whoever serves them. Synchronous: a target answers inside its frame handler. */
export interface BootLuns<Disk> {
  /** Decided at the first login of a boot and the same for every later one, whatever is switched meanwhile. */
  lunFor(node: NodeId): Disk | null;
  /** The node was switched on: its next login decides anew. */
  newBoot(node: NodeId): void;
}
