import type { Clock } from '../../core/clock.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';

/** One call of ipmitool is 8 packets or more: two calls in a second pass, a poll of many does not. */
const BURST = { packets: 24, within_ms: 1_000, silent_ms: 5_000 };
/** A choice below the second after which Ironic sends again. */
const SLOW_MS = 300;

/** What goes wrong with a BMC at present, and what it needs to remember for that. */
export class Lies {
  readonly #clock: Clock;
  readonly #told = new Set<BmcMishapKind>();
  #burst: number[] = [];
  #silentUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(lie: BmcMishapKind, isTold: boolean): void {
    if (isTold) this.#told.add(lie);
    else this.#told.delete(lie);
    if (lie === 'bmc.mute-after-burst') this.#silentUntil = 0;
  }

  has(lie: BmcMishapKind): boolean {
    return this.#told.has(lie);
  }

  /** How long each answer takes beyond what it would. */
  delay_ms(): number {
    return this.has('bmc.slow') ? SLOW_MS : 0;
  }

  /** Whether a packet that has come just now goes unheard. */
  isDeaf(): boolean {
    if (this.has('bmc.gone')) return true;
    if (!this.has('bmc.mute-after-burst')) return false;
    const now = this.#clock.now();
    if (now < this.#silentUntil) return true;
    this.#burst = [...this.#burst.filter((at) => at > now - BURST.within_ms), now];
    if (this.#burst.length <= BURST.packets) return false;
    this.#burst = [];
    this.#silentUntil = now + BURST.silent_ms;
    return true;
  }
}
