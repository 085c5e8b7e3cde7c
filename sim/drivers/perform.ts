import type { Clock } from '../../core/clock.js';
import type { Handlers } from '../../core/effects/route.js';
import { scheduleHandlers } from '../../core/schedule/handlers.js';
import { Bookings } from '../../core/schedule/bookings.js';
import type { BootPort } from '../../core/ports/boot.js';
import type { Fleet } from '../fleet/fleet.js';
import type { World } from '../world.js';
import type { SimBmcs } from './bmc.js';
import { lifecycleHandlers } from './lifecycle.js';

/** A BMC answers a chassis command in about this time (measured on an IPMI simulator: 60 to 110 ms a call). */
export const BMC_ANSWER_MS = 80;

export interface SimHandsParts {
  readonly clock: Clock;
  readonly world: World;
  readonly fleet: Fleet;
  readonly boot: BootPort;
  readonly bmcs: SimBmcs;
}

/** The effects in the simulated world: answers stand on the virtual clock, without promises. */
export function simHandlers({ clock, world, fleet, boot, bmcs }: SimHandsParts): Handlers {
  return {
    'bootDevice.ensure': bmcs.bootDevice,
    'bmc.verify': bmcs.verify,
    'power.ensure': bmcs.power,
    'boot.await': ({ node, after }, answer) =>
      boot.next(node, after, (evidence) => answer({ ok: true, output: { evidence, at: clock.now() } })),
    ...scheduleHandlers(clock, new Bookings()),
    ...lifecycleHandlers({ clock, world, fleet }),
  };
}
