import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';

/** One after the other, in the order of asking. Whoever gives up while waiting never begins. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>, signal: AbortSignalLike): Promise<T> {
    const turn = this.#last.then(() => {
      if (signal.aborted) throw aborted();
      return work();
    });
    this.#last = turn.catch(() => {});
    return givenUp(turn, signal);
  }
}

/** Rejects as soon as the signal is aborted; what is waited for goes its way. */
function givenUp<T>(waited: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      waited.catch(() => {});
      return reject(aborted());
    }
    const giveUp = (): void => reject(aborted());
    signal.addEventListener('abort', giveUp, { once: true });
    void waited.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
