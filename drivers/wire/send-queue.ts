import type { Socket } from 'node:net';
import { LENGTH_BYTES, LONGEST_FRAME_BYTES } from './frame-splitter.js';
import type { Delivery } from './wire-port.js';

/** What may wait for a peer that does not read; then its frames are dropped, as a real switch's queue would. */
export const QUEUE_BYTES = 1 << 20;
/** Room for the longest frame, and for some 48 of 1,500 bytes. */
const BATCH_BYTES = LENGTH_BYTES + LONGEST_FRAME_BYTES;
/** Batches kept for reuse: one being filled and one being written is the common case. */
const KEPT_BATCHES = 2;

/**
 * Frames on their way out of a socket. All frames of one tick leave in as few writes as possible: copied into one
 * batch, since a writev of two pieces a frame costs several times what copying 1,500 bytes does.
 */
export class SendQueue {
  readonly #socket: Socket;
  readonly #spare: Buffer[] = [];
  #batch: Buffer | null = null;
  #used = 0;
  /** What may still be put into batches before the peer has read some; asked of the socket once a batch. */
  #room = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  push(frame: Buffer): Delivery {
    const wanted = LENGTH_BYTES + frame.length;
    if (this.#batch !== null && this.#used + wanted > BATCH_BYTES) this.#flush();
    if (this.#batch === null) {
      if (this.#socket.destroyed) return 'unplugged';
      this.#room = QUEUE_BYTES - this.#socket.writableLength;
    }
    if (wanted > BATCH_BYTES || this.#used + wanted > this.#room) return 'full';
    const batch = this.#batch ?? this.#open();
    const at = this.#used;
    // QEMU's longest frame is below 2^24 bytes.
    batch[at] = 0;
    batch[at + 1] = frame.length >>> 16;
    batch[at + 2] = frame.length >>> 8;
    batch[at + 3] = frame.length;
    batch.set(frame, at + LENGTH_BYTES);
    this.#used = at + wanted;
    return 'taken';
  }

  #open(): Buffer {
    const batch = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#batch = batch;
    process.nextTick(() => {
      if (this.#batch === batch) this.#flush();
    });
    return batch;
  }

  #flush(): void {
    const batch = this.#batch;
    const used = this.#used;
    if (batch === null || used === 0) return;
    this.#batch = null;
    this.#used = 0;
    if (this.#socket.destroyed) return;
    this.#socket.write(batch.subarray(0, used), () => {
      if (this.#spare.length < KEPT_BATCHES) this.#spare.push(batch);
    });
  }
}
