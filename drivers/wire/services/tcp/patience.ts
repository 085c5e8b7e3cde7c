import type { Clock } from '../../../../core/clock.js';
import { Deadline } from './deadline.js';

/** What a connection waits for. */
export type Wait = 'nothing' | 'handshake' | 'acknowledgment' | 'window' | 'life' | 'timeWait';

/** Twice a maximum segment lifetime of 30 s, as in Linux. */
const TIME_WAIT_MS = 60_000;
/** A node that lost its power says nothing: after ten minutes of silence it is asked once a minute, ten times. */
const LIFE_MS = 600_000;
const LIFE_PROBE_MS = 60_000;

/** The one timer of a connection: it never waits for two things at once. */
export class Patience {
  /** Probes of a silent peer since it was last heard. */
  lifeProbes = 0;
  heardAt: number;
  #wait: Wait = 'nothing';
  readonly #clock: Clock;
  readonly #deadline: Deadline;

  /** @param lost called with what was waited for, in vain */
  constructor(clock: Clock, lost: (wait: Wait) => void) {
    this.#clock = clock;
    this.heardAt = clock.now();
    this.#deadline = new Deadline(clock, () => this.#woken(lost));
  }

  heard(): void {
    this.heardAt = this.#clock.now();
    this.lifeProbes = 0;
  }

  /** @param restart begin again although the same is waited for already */
  waitFor(wait: Wait, rto_ms: number, restart: boolean): void {
    if (wait === this.#wait && !restart) return;
    this.#wait = wait;
    if (wait === 'nothing') this.#deadline.clear();
    else this.#deadline.set(this.#span(wait, rto_ms));
  }

  #span(wait: Wait, rto_ms: number): number {
    if (wait === 'life') return this.heardAt + LIFE_MS + this.lifeProbes * LIFE_PROBE_MS;
    return this.#clock.now() + (wait === 'timeWait' ? TIME_WAIT_MS : rto_ms);
  }

  #woken(lost: (wait: Wait) => void): void {
    const wait = this.#wait;
    // What was heard since does not move the timer of an idle connection; it is looked at only here.
    if (wait === 'life' && this.#span('life', 0) > this.#clock.now() + 1) {
      this.#deadline.set(this.#span('life', 0));
      return;
    }
    this.#wait = 'nothing';
    lost(wait);
  }
}
