import type { Clock } from '../../core/clock.js';
import type { Handlers } from '../../core/effects/route.js';
import { scheduleHandlers } from '../../core/schedule/handlers.js';
import { Bookings } from '../../core/schedule/bookings.js';
import type { BootPort } from '../../core/ports/boot.js';
import type { PowerState } from '../../core/ports/power.js';
import type { Fleet } from '../fleet/fleet.js';
import type { World } from '../world.js';
import { lifecycleHandlers } from './lifecycle.js';

/** A BMC answers a chassis command in about this time (measured on an IPMI simulator: 60 to 110 ms a call). */
export const BMC_ANSWER_MS = 80;

export interface SimHandsParts {
  readonly clock: Clock;
  readonly world: World;
  readonly fleet: Fleet;
  readonly boot: BootPort;
  readonly bmcAnswer_ms: number;
}

/** The effects in the simulated world: answers stand on the virtual clock, without promises. */
export function simHandlers({ clock, world, fleet, boot, bmcAnswer_ms }: SimHandsParts): Handlers {
  return {
    'bootDevice.ensure': ({ node, device }, answer) => {
      const timer = clock.setTimer(bmcAnswer_ms, () => {
        world.setBootDevice(node, { device, lasts: 'always' });
        answer({ ok: true, output: { device, at: clock.now() } });
      });
      return () => timer.cancel();
    },
    'power.ensure': ({ node, want }, answer) => {
      const timer = clock.setTimer(bmcAnswer_ms, () => {
        const power: PowerState = want;
        world.setPower(node, want);
        answer({ ok: true, output: { power, at: clock.now() } });
      });
      return () => timer.cancel();
    },
    'boot.await': ({ node, after }, answer) =>
      boot.next(node, after, (evidence) => answer({ ok: true, output: { evidence, at: clock.now() } })),
    ...scheduleHandlers(clock, new Bookings()),
    ...lifecycleHandlers({ clock, world, fleet }),
  };
}
