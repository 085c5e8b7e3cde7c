import type { Chassis } from '../../core/ports/machine-room.js';
import type { PowerState } from '../../core/ports/power.js';
import type { RedfishLies } from './lies.js';

/** The power as this BMC tells it, which is not always as it is. */
export class PowerView {
  #frozen: PowerState | null = null;

  readonly #chassis: Chassis;
  readonly #lies: () => RedfishLies;

  constructor(chassis: Chassis, lies: () => RedfishLies) {
    this.#chassis = chassis;
    this.#lies = lies;
  }

  /** To be called before each request: what the state was when it went stale. */
  look(): void {
    if (!this.#lies().stalePower) this.#frozen = null;
    else this.#frozen ??= this.#chassis.power();
  }

  told(): PowerState {
    return this.#frozen ?? this.#chassis.power();
  }
}
