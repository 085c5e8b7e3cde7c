import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';

/** Leave to use a core until it is given back. */
export interface Slots {
  /**
   * Comes when there is a free slot, first come first served.
   * @returns gives the slot back; twice does nothing more
   * @throws DOMException AbortError when the signal was aborted first
   */
  take(signal: AbortSignalLike): Promise<() => void>;
}

/** @param count how many may be held at once */
export function openSlots(count: number): Slots {
  let free = count;
  const queue: (() => void)[] = [];
  const giveBack = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const held = (): (() => void) => {
    let isHeld = true;
    return () => {
      if (isHeld) giveBack();
      isHeld = false;
    };
  };
  return {
    async take(signal) {
      if (signal.aborted) throw aborted();
      if (free > 0) {
        free -= 1;
        return held();
      }
      await new Promise<void>((resolve, reject) => {
        const start = (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          queue.splice(queue.indexOf(start), 1);
          reject(aborted());
        };
        queue.push(start);
        signal.addEventListener('abort', leave, { once: true });
      });
      return held();
    },
  };
}
