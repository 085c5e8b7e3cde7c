import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from './pause.js';

/**
 * One thing after the other, in the order of asking. Many BMCs and PDUs lose datagrams, or their senses, when several
 * sessions are opened at once, so each has its own. Whoever is aborted while waiting leaves at once, and never acts;
 * what has begun ends in its own way, and the next does not begin before that.
 */
export interface Turns {
  /** @throws DOMException AbortError when the signal is aborted before its turn */
  take<T>(act: () => Promise<T>, asked: TurnAsked): Promise<T>;
}

export interface TurnAsked {
  readonly signal: AbortSignalLike;
  /** When whoever still waits gives up, and what it is rejected with; none: it waits for those before. */
  readonly limit?: { readonly clock: Clock; readonly latestAt: number; readonly late: () => Error };
}

export function openTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const pass = (): void => {
    const next = waiting.shift();
    if (next === undefined) isTaken = false;
    else next();
  };
  const turn = ({ signal, limit }: TurnAsked): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(aborted());
      if (!isTaken) {
        isTaken = true;
        return resolve();
      }
      const leave = (reason: Error): void => {
        waiting.splice(waiting.indexOf(go), 1);
        settle();
        reject(reason);
      };
      const abort = (): void => leave(aborted());
      const timer = limit?.clock.setTimer(Math.max(0, limit.latestAt - limit.clock.now()), () => leave(limit.late()));
      const settle = (): void => {
        timer?.cancel();
        signal.removeEventListener('abort', abort);
      };
      const go = (): void => {
        settle();
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      waiting.push(go);
    });
  return {
    async take(act, asked) {
      await turn(asked);
      try {
        return await act();
      } finally {
        pass();
      }
    },
  };
}
