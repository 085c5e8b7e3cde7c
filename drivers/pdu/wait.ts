import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from './aborted.js';

/** Comes `delay_ms` from now. @throws DOMException AbortError as soon as the signal is aborted */
export function wait(clock: Clock, delay_ms: number, signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const abort = (): void => {
      timer.cancel();
      reject(aborted());
    };
    const timer = clock.setTimer(delay_ms, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}
