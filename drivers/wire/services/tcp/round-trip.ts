/** RFC 6298, section 2.1: before anything was measured. */
const INITIAL_RTO_MS = 1000;
/** Below RFC 6298's 1 s, as in the stacks of our guests: on a wire of our own a lost tail must not cost a second. */
const LEAST_RTO_MS = 200;
const MOST_RTO_MS = 60_000;
/** Our clock may stand still within a burst: the variance term never falls below this. */
const GRANULARITY_MS = 1;

/** How long to wait for an acknowledgment (RFC 6298): smoothed round trips, their variance, back-off. */
export class RoundTrip {
  rto_ms = INITIAL_RTO_MS;
  #smoothed_ms = -1;
  #variance_ms = 0;

  /** @param took_ms of a segment that was sent only once (Karn's algorithm: RFC 6298, section 3) */
  measured(took_ms: number): void {
    if (this.#smoothed_ms < 0) {
      this.#smoothed_ms = took_ms;
      this.#variance_ms = took_ms / 2;
    } else {
      this.#variance_ms += (Math.abs(this.#smoothed_ms - took_ms) - this.#variance_ms) / 4;
      this.#smoothed_ms += (took_ms - this.#smoothed_ms) / 8;
    }
    this.forgive();
  }

  /** Ends the back-off: it was the peer's shut window that was waited for, not the wire. */
  forgive(): void {
    if (this.#smoothed_ms < 0) {
      this.rto_ms = INITIAL_RTO_MS;
      return;
    }
    const rto_ms = this.#smoothed_ms + Math.max(GRANULARITY_MS, 4 * this.#variance_ms);
    this.rto_ms = Math.min(Math.max(rto_ms, LEAST_RTO_MS), MOST_RTO_MS);
  }

  /** After a timeout. A new measurement ends it (section 5.7 and Karn: acknowledgments of what went twice do not). */
  backOff(): void {
    this.rto_ms = Math.min(this.rto_ms * 2, MOST_RTO_MS);
  }
}
