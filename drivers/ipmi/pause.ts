import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from './aborted.js';

/** Waits by the clock. @throws AbortError as soon as the signal is aborted */
export function pause(clock: Clock, span_ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const leave = (): void => {
      timer.cancel();
      reject(aborted());
    };
    const timer = clock.setTimer(span_ms, () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    signal.addEventListener('abort', leave, { once: true });
  });
}
