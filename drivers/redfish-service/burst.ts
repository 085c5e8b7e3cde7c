import type { Clock } from '../../core/clock.js';

const WITHIN_MS = 1_000;

/** A BMC that is overrun by requests and then says nothing for a while, as many do. */
export class Burst {
  #recent: readonly number[] = [];
  #silentUntil = -Infinity;

  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be asked once for each request. */
  isSilent({ requests, silent_ms }: { readonly requests: number; readonly silent_ms: number }): boolean {
    const now = this.#clock.now();
    if (now < this.#silentUntil) return true;
    this.#recent = [...this.#recent.filter((at) => at > now - WITHIN_MS), now];
    if (this.#recent.length <= requests) return false;
    this.#silentUntil = now + silent_ms;
    this.#recent = [];
    return true;
  }
}
