import type { Clock, Timer } from '../../../core/clock.js';
import type { PowerState } from '../../../core/ports/power.js';
import { assert } from '../../../core/unreachable.js';

export interface OutletsAsked {
  readonly clock: Clock;
  readonly count: number;
  readonly atFirst: PowerState;
  readonly reboot_ms: number;
  /** After each change. */
  readonly onOutlet: (outlet: number, state: PowerState) => void;
}

/** The relays of a PDU, counted from 1 on. */
export interface Outlets {
  read(outlet: number): PowerState;
  order(outlet: number, order: PowerState | 'reboot'): void;
  /** No reboot that is under way switches anything on any more. */
  close(): void;
}

export function openOutlets({ clock, count, atFirst, reboot_ms, onOutlet }: OutletsAsked): Outlets {
  const states = new Map(Array.from({ length: count }, (_, index) => [index + 1, atFirst]));
  const reboots = new Map<number, Timer>();
  const read = (outlet: number): PowerState => {
    const state = states.get(outlet);
    assert(state !== undefined, `there is no outlet ${outlet}`);
    return state;
  };
  const turn = (outlet: number, state: PowerState): void => {
    if (read(outlet) === state) return;
    states.set(outlet, state);
    onOutlet(outlet, state);
  };
  return {
    read,
    order(outlet, order) {
      reboots.get(outlet)?.cancel();
      turn(outlet, order === 'on' ? 'on' : 'off');
      if (order === 'reboot')
        reboots.set(
          outlet,
          clock.setTimer(reboot_ms, () => turn(outlet, 'on')),
        );
    },
    close() {
      for (const timer of reboots.values()) timer.cancel();
    },
  };
}
