import { distance } from './sequence.js';

/** Segments that may be under way before anything was acknowledged (RFC 6928; the wire is a local one). */
const INITIAL_SEGMENTS = 10;
/** More than any guest's round trip at wire speed needs, and bounds what a switch port must queue for one stream. */
const MOST_WINDOW_BYTES = 512 * 1024;
const DUPLICATES_FOR_LOSS = 3;

/** What an acknowledgment asks the sender to do. */
export type Reaction = 'send' | 'retransmit';

/** How much may be under way: slow start and congestion avoidance (RFC 5681), recovery without SACK (RFC 6582). */
export class Congestion {
  window_bytes: number;
  recovering = false;
  readonly #mss_bytes: number;
  #threshold_bytes = Number.MAX_SAFE_INTEGER;
  #duplicates = 0;
  /** The highest sequence number sent when loss was last seen. */
  #recover: number;
  /** Go-back-N after a timeout makes duplicate acknowledgments of its own: those up to `recover` mean nothing. */
  #timedOut = true;

  constructor(mss_bytes: number, initialSequence: number) {
    this.#mss_bytes = mss_bytes;
    this.window_bytes = INITIAL_SEGMENTS * mss_bytes;
    this.#recover = initialSequence;
  }

  /** What may be under way beyond the window: the first two duplicates let a new segment out each (RFC 3042). */
  get allowance_bytes(): number {
    return this.recovering ? 0 : Math.min(this.#duplicates, 2) * this.#mss_bytes;
  }

  /** New data was acknowledged. `limited`: this window was what held the sender back, so that it may grow. */
  acknowledged(
    acknowledgment: number,
    news: { acked_bytes: number; flight_bytes: number; limited: boolean },
  ): Reaction {
    this.#duplicates = 0;
    if (!this.recovering) {
      if (news.limited) this.#grow(news.acked_bytes);
      return 'send';
    }
    if (distance(this.#recover, acknowledgment) >= 0) {
      this.recovering = false;
      this.window_bytes = Math.min(
        this.#threshold_bytes,
        Math.max(news.flight_bytes, this.#mss_bytes) + this.#mss_bytes,
      );
      return 'send';
    }
    // A partial acknowledgment: the next hole starts here (RFC 6582, section 3.2, step 3).
    const deflated = this.window_bytes - news.acked_bytes + (news.acked_bytes >= this.#mss_bytes ? this.#mss_bytes : 0);
    this.window_bytes = Math.max(deflated, this.#mss_bytes);
    return 'retransmit';
  }

  duplicate(acknowledgment: number, sent: { flight_bytes: number; highest: number }): Reaction {
    this.#duplicates += 1;
    if (this.recovering) {
      this.window_bytes = Math.min(this.window_bytes + this.#mss_bytes, MOST_WINDOW_BYTES);
      return 'send';
    }
    if (this.#duplicates !== DUPLICATES_FOR_LOSS) return 'send';
    const beyond = distance(this.#recover, acknowledgment);
    if (this.#timedOut ? beyond <= 0 : beyond < 0) return 'send';
    this.recovering = true;
    this.#lost(sent, false);
    this.window_bytes = this.#threshold_bytes + DUPLICATES_FOR_LOSS * this.#mss_bytes;
    return 'retransmit';
  }

  /** @param again the same segment timed out before: the threshold stays (RFC 5681, section 3.1) */
  timedOut(sent: { flight_bytes: number; highest: number }, again: boolean): void {
    const threshold_bytes = this.#threshold_bytes;
    this.#lost(sent, true);
    if (again) this.#threshold_bytes = threshold_bytes;
    this.recovering = false;
    this.#duplicates = 0;
    this.window_bytes = this.#mss_bytes;
  }

  /** Nothing was sent for a whole timeout: what the wire can take may have changed (RFC 5681, section 4.1). */
  idled(): void {
    this.window_bytes = Math.min(this.window_bytes, INITIAL_SEGMENTS * this.#mss_bytes);
  }

  #lost(sent: { flight_bytes: number; highest: number }, timedOut: boolean): void {
    this.#threshold_bytes = Math.max(sent.flight_bytes / 2, 2 * this.#mss_bytes);
    this.#recover = sent.highest;
    this.#timedOut = timedOut;
  }

  #grow(acked_bytes: number): void {
    const slowStart = this.window_bytes < this.#threshold_bytes;
    // In slow start by what was acknowledged, as a guest acknowledges many segments at once; else a segment a window.
    const more = slowStart ? acked_bytes : (this.#mss_bytes * acked_bytes) / this.window_bytes;
    this.window_bytes = Math.min(this.window_bytes + more, MOST_WINDOW_BYTES);
  }
}
