import { systemClock } from '../system-clock/system-clock.js';

/** Often enough for a progress bar, and for what was just written to be in the page cache still. */
const TICK_MS = 50;

/**
 * Does `work` over and over, with pauses, until `over` comes; it may be that it was not done at all.
 * @param over never rejects
 */
export async function meanwhile(over: Promise<unknown>, work: () => Promise<void>): Promise<void> {
  const clock = systemClock();
  let isOver = false;
  let wake = (): void => {};
  void over.then(() => {
    isOver = true;
    wake();
  });
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.setTimer(TICK_MS, resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });
  while (!isOver) {
    await pause();
    await work();
  }
}
