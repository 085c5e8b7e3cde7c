import type { Clock } from '../../core/clock.js';
import type { BootDevicePort } from '../../core/ports/boot-device.js';
import type { AbortSignalLike, PowerPort } from '../../core/ports/power.js';
import type { World } from '../world.js';

export interface SimBmcParts {
  readonly clock: Clock;
  readonly world: World;
  readonly bmcAnswer_ms: number;
}

/**
 * The simulated BMC with the promises of the ports, for whoever holds a port against every driver. Runs go through
 * `simHandlers`, the same functions of the world without promises: a promise costs a turn of the event loop.
 */
export function simPower({ clock, world, bmcAnswer_ms }: SimBmcParts): PowerPort {
  const answered = answering(clock, bmcAnswer_ms);
  return {
    read: (node, signal) => answered(signal, () => world.power(node)),
    ensure: (node, want, signal) => answered(signal, () => world.setPower(node, want)),
  };
}

export function simBootDevice({ clock, world, bmcAnswer_ms }: SimBmcParts): BootDevicePort {
  const answered = answering(clock, bmcAnswer_ms);
  return { ensure: (node, want, signal) => answered(signal, () => world.setBootDevice(node, want)) };
}

type Answering = <T>(signal: AbortSignalLike, act: () => T) => Promise<T>;

/** Acts when the BMC answers, unless it was aborted before. */
function answering(clock: Clock, answer_ms: number): Answering {
  return (signal, act) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        timer.cancel();
        reject(new Error('aborted before the BMC answered'));
      };
      const timer = clock.setTimer(answer_ms, () => {
        signal.removeEventListener('abort', abort);
        resolve(act());
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
}
