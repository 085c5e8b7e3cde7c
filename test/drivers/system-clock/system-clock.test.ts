import t from 'tap';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';

void t.test(
  'system clock: timers of one delay -> never before setTimer returned nor before they are due, in order',
  async (t) => {
    const clock = systemClock();
    const fired: number[] = [];
    const startedAt = clock.now();
    await new Promise<void>((resolve) => {
      for (let timer = 0; timer < 5; timer++) {
        clock.setTimer(3, () => {
          fired.push(timer);
          t.ok(clock.now() >= startedAt + 3, 'due');
          if (timer === 4) resolve();
        });
      }
      t.strictSame(fired, [], 'none yet');
    });
    t.strictSame(fired, [0, 1, 2, 3, 4]);
  },
);

void t.test(
  'system clock: a timer of 50 days, a cancelled one, and one of 5 ms -> only the last one fires',
  async (t) => {
    const clock = systemClock();
    const fired: string[] = [];
    // setTimeout itself would take this one for 1 ms.
    const long = clock.setTimer(50 * 24 * 3600 * 1000, () => fired.push('long'));
    const cancelled = clock.setTimer(1, () => fired.push('cancelled'));
    cancelled.cancel();
    cancelled.cancel();
    await new Promise<void>((resolve) => void clock.setTimer(5, resolve));
    t.strictSame(fired, []);
    long.cancel();
  },
);
