import type { Clock } from '../clock.js';
import type { Handlers } from '../effects/route.js';
import { isFault, type Bookings } from './bookings.js';

type ScheduleEffect = 'time.await' | 'nodes.hold' | 'nodes.release';

/** The effects of reservations, the same in every world: a clock and a book answer them. */
export function scheduleHandlers(clock: Clock, bookings: Bookings): Pick<Handlers, ScheduleEffect> {
  return {
    'time.await': ({ until }, answer) => {
      const timer = clock.setTimer(Math.max(0, until - clock.now()), () =>
        answer({ ok: true, output: { until, at: clock.now() } }),
      );
      return () => timer.cancel();
    },
    'nodes.hold': ({ claim }, answer) => {
      const at = clock.now();
      const held = bookings.hold(claim, at);
      if (isFault(held)) answer({ ok: false, failure: { fault: held, at } });
      else answer({ ok: true, output: { holding: held, at } });
      return nothing;
    },
    'nodes.release': ({ reservation }, answer) => {
      const at = clock.now();
      bookings.release(reservation, at);
      answer({ ok: true, output: { reservation, at } });
      return nothing;
    },
  };
}

function nothing(): void {}
