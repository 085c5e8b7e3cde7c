import type { Clock } from '../../../../core/clock.js';
import type { Fault } from '../../../../core/faults/fault.js';
import type { ImageSource } from './filler.js';
import type { SessionSecret } from './plan.js';
import type { Patience } from './roster.js';

export interface MulticastOptions {
  readonly clock: Clock;
  readonly secret: SessionSecret;
  readonly source: ImageSource;
  /** Numbers of the receivers' plans. */
  readonly expected: readonly number[];
  /** Sends a datagram to the group, or loses it: it is said again when it matters. */
  readonly send: (datagram: Buffer) => void;
  /** Once; the session goes on answering those who ask until nobody calls `receive` any more. */
  readonly onEnd: (report: MulticastReport) => void;
  readonly terms?: Partial<MulticastTerms>;
  /** A receiver has passed on so much of the image. */
  readonly onDelivered?: (receiver: number, delivered_bytes: number) => void;
}

export interface MulticastTerms {
  /** How long the first receiver is waited for. */
  readonly gather_ms: number;
  /** How long the others are waited for, once the first one has joined. */
  readonly grace_ms: number;
  readonly patience: Patience;
  /** Bytes on the wire for each byte of the image; who needs most beyond it is dropped. Infinity: nobody is. */
  readonly budget: number;
  /** Windows of 88 KiB that are kept until everybody has them. */
  readonly most_windows: number;
}

export const TERMS: MulticastTerms = {
  // Powering on, firmware, PXE and a ramdisk take a real node up to five minutes.
  gather_ms: 600_000,
  grace_ms: 30_000,
  // An emulated node beside seven others is sometimes silent for a second or two, and a disk may flush for longer.
  patience: { silent_ms: 5_000, stalled_ms: 60_000 },
  budget: 1.3,
  most_windows: 64,
};

export interface MulticastSession {
  /** A datagram that came to the sender's port, from whomever. */
  readonly receive: (datagram: Buffer) => void;
  readonly progress: () => MulticastProgress;
  /** Tells all that there will be no more, and ends. */
  readonly cancel: () => void;
}

export interface MulticastProgress {
  readonly phase: 'gathering' | 'sending' | 'over';
  /** Bytes of the image that were read so far. */
  readonly read_bytes: number;
  /** Windows that are held for who lacks something of them. */
  readonly held_windows: number;
}

export interface MulticastReport {
  /** What has become of each receiver; a cancelled one has neither the image nor a fault of its own. */
  readonly receivers: readonly ReceiverReport[];
  /** What ended the whole session before its time. */
  readonly fault: Fault | null;
  /** Null when the image was not read to its end. */
  readonly image: { readonly size_bytes: number; readonly sha256: string } | null;
  /** All that went out, with 42 bytes of Ethernet, IPv4 and UDP headers a datagram. */
  readonly sent_bytes: number;
  /** From the first datagram of the image on. */
  readonly took_ms: number;
}

export interface ReceiverReport {
  readonly receiver: number;
  readonly outcome: 'complete' | 'failed' | 'cancelled';
  readonly fault: Fault | null;
}
