import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';

/** One thing after the other, in the order of asking. */
export interface Turns {
  /** @throws DOMException AbortError when the signal is aborted before its turn */
  take<T>(act: () => Promise<T>, asked: TurnAsked): Promise<T>;
}

export interface TurnAsked {
  readonly signal: AbortSignalLike;
  /** When whoever still waits gives up, and what it is rejected with; none: it waits for those before. */
  readonly limit?: { readonly latestAt: number; readonly late: () => Error };
}

export function openTurns(clock: Clock): Turns {
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
      const timer =
        limit === undefined
          ? null
          : clock.setTimer(Math.max(0, limit.latestAt - clock.now()), () => leave(limit.late()));
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
