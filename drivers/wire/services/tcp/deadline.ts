import type { Clock, Timer } from '../../../../core/clock.js';

/**
 * One instant to be woken at. It moves with nearly every segment, so the timer under it is left standing when the
 * instant moves later and is set again only when it fires too early.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #fire: () => void;
  #timer: Timer | null = null;
  #timerAt = 0;
  #at: number | null = null;

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(at: number): void {
    this.#at = at;
    if (this.#timer !== null) {
      if (this.#timerAt <= at) return;
      this.#timer.cancel();
    }
    this.#wait(at);
  }

  clear(): void {
    this.#at = null;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(at: number): void {
    this.#timerAt = at;
    this.#timer = this.#clock.setTimer(Math.max(0, at - this.#clock.now()), () => this.#woken());
  }

  #woken(): void {
    this.#timer = null;
    const at = this.#at;
    if (at === null) return;
    // A timer may fire a fraction of a millisecond early, and a whole one is the least that a clock can wait.
    if (at - this.#clock.now() >= 1) return this.#wait(at);
    this.#at = null;
    this.#fire();
  }
}
