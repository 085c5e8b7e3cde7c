import type { Fault } from '../faults/fault.js';
import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

/** A piece of what a console said, as it came: not cut at lines, and with its control characters. */
export interface ConsolePiece {
  /** By the rig's clock, in ms. */
  readonly at: number;
  /** One character a byte (Latin-1), so that nothing of it is lost. */
  readonly text: string;
}

export interface ConsoleListener {
  /** Who listens, for the fault that a second writer gets. */
  readonly name: string;
  /** At most one at a time may write. */
  readonly writes: boolean;
  readonly heard: (piece: ConsolePiece) => void;
  /** The line was lost and is being looked for (the fault), or is there again (null). Reboots are no news. */
  readonly line: (fault: Fault | null) => void;
}

/** A place at a console. */
export interface ConsoleSeat {
  /**
   * Sends text to the node, one byte a character; nothing of it where it could stop a boot that goes on by itself.
   * @throws FaultError CON-001 (the line is lost), CON-003 (this seat watches), CON-004 (held; `isForced` sends it)
   */
  type(text: string, how?: { readonly isForced: boolean }): Promise<void>;
  /** Twice does nothing more. */
  leave(): void;
}

/** Consoles of nodes: each is attached once, and stays so, for as many listeners as there are. */
export interface ConsolePort {
  /** @throws FaultError CON-002 where somebody else writes already */
  attach(node: NodeId, listener: ConsoleListener, signal: AbortSignalLike): Promise<ConsoleSeat>;
}
