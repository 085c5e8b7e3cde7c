/**
 * What came of a frame handed to a port: it was taken, its queue is full (the switch counts a drop), or nobody is
 * plugged in (no drop: a dark port loses nothing that anyone wanted).
 */
export type Delivery = 'taken' | 'full' | 'unplugged';

/** Takes a frame out of the switch. Called from the frame handler; the frame must not be changed. */
export type Deliver = (frame: Buffer) => Delivery;

/** One port of the switch, as whoever is plugged in holds it. */
export interface WirePort {
  readonly name: string;
  /** Puts a frame on the wire. From then on nobody may change its bytes. After `close` it does nothing. */
  send(frame: Buffer): void;
  /** The cable was pulled at the far end: what was learned behind this port is forgotten. */
  unplugged(): void;
  close(): void;
}

/** How something is plugged in: names the port elsewhere, hands over where frames go. */
export type Attach = (deliver: Deliver) => WirePort;

/** Seen from the switch: received came in through the port, sent left through it. */
export interface PortCounters {
  readonly received_frames: number;
  readonly received_bytes: number;
  readonly sent_frames: number;
  readonly sent_bytes: number;
  /** Frames for this port that its full queue, or a cut, lost. */
  readonly dropped_frames: number;
}

/** One frame on its way through the switch, told once, before it is delivered. */
export interface SeenFrame {
  /** The port that it came in through. */
  readonly port: string;
  readonly bytes: Buffer;
  /** Clock instant in ms. */
  readonly at: number;
  /** True when a fault rule took it here: nobody receives it. */
  readonly isLost: boolean;
}

/**
 * Decides over every frame while any fault rule is in force.
 *
 * @param forward what the frame would have met: may be called now, later, several times, with other bytes
 * @returns true when the hook has taken the frame on, 'lost' when nothing will come of it, false to let it pass
 */
export type FaultHook = (frame: Buffer, forward: (frame: Buffer) => void) => boolean | 'lost';
