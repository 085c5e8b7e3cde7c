import type { Clock } from '../../../core/clock.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';

const LONG_MS = 60_000;

export interface SkippingClock extends Clock {
  /** Comes when somebody waits for longer than a minute, with how long: then that much time passes at once. */
  skipLongWait(): Promise<number>;
}

/** The computer's clock, but for long waits: they last until they are skipped. */
export function skippingClock(): SkippingClock {
  const clock = systemClock();
  const waiting: (() => number)[] = [];
  const wanted: ((skip: () => number) => void)[] = [];
  let skipped_ms = 0;
  const now = (): number => clock.now() + skipped_ms;
  return {
    now,
    setTimer(delay_ms, fire) {
      if (delay_ms <= LONG_MS) return clock.setTimer(delay_ms, fire);
      const dueAt = now() + delay_ms;
      const skip = (): number => {
        skipped_ms += Math.max(0, dueAt - now());
        fire();
        return delay_ms;
      };
      const next = wanted.shift();
      if (next === undefined) waiting.push(skip);
      else next(skip);
      return { cancel: () => void (waiting.includes(skip) && waiting.splice(waiting.indexOf(skip), 1)) };
    },
    skipLongWait: () =>
      new Promise((resolve) => {
        const next = waiting.shift();
        if (next === undefined) wanted.push((skip) => resolve(skip()));
        else resolve(next());
      }),
  };
}
