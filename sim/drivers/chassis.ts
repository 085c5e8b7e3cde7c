import { MachineChassis, type AfterPowerLoss, type Works } from '../../core/machine-room/chassis.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { PowerState } from '../../core/ports/power.js';

/** A machine in memory, and what it did. */
export interface MemoryChassis {
  readonly chassis: Chassis;
  /** What each start of its firmware was from; null: its own order. */
  readonly starts: readonly (BootDevice | null)[];
  /** How often its button was pressed. */
  readonly presses: () => number;
  /** The guest switches itself off. */
  readonly guestPowersOff: () => void;
}

/** Switched at once, without a guest. */
export function memoryChassis(node: string, afterPowerLoss: AfterPowerLoss = 'off'): MemoryChassis {
  const starts: (BootDevice | null)[] = [];
  let power: PowerState = 'off';
  let device: BootDevice | null = null;
  let presses = 0;
  let tell: (change: 'started' | 'stopped') => void = () => {};
  const start = (): void => {
    starts.push(device);
    tell('started');
  };
  const works: Works = {
    ensure(want) {
      if (power !== want) {
        power = want;
        if (want === 'on') start();
        else tell('stopped');
      }
      return Promise.resolve();
    },
    reset() {
      start();
      return Promise.resolve();
    },
    pressPowerButton() {
      presses += 1;
      return Promise.resolve();
    },
    bootFrom: (next) => void (device = next),
    setMedium: () => Promise.resolve(),
    onChange: (listener) => void (tell = listener),
  };
  return {
    chassis: new MachineChassis({ node, works, afterPowerLoss }),
    starts,
    presses: () => presses,
    guestPowersOff() {
      power = 'off';
      tell('stopped');
    },
  };
}
