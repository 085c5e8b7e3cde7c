import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';

/** What a port's promise is rejected with when its signal was aborted: the asker has gone, so it is no Fault. */
export function aborted(): DOMException {
  return new DOMException('the asker has given up', 'AbortError');
}

/** Whether somebody has given up: neither a Fault nor a bug. */
export function isAborted(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

/** Comes `span_ms` from now. @throws DOMException AbortError as soon as the signal is aborted, even before */
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
