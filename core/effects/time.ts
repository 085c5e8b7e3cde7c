import type { Clock } from '../clock.js';
import type { Handlers } from './route.js';

/** `time.await` on any clock. */
export function timeAwait(clock: Clock): Handlers['time.await'] {
  return ({ until }, answer) => {
    const wait_ms = Math.max(0, until - clock.now());
    const timer = clock.setTimer(wait_ms, () => answer({ ok: true, output: { until, at: clock.now() } }));
    return () => timer.cancel();
  };
}
