import type { AbortSignalLike } from '../../core/ports/power.js';
import { aborted } from '../system-clock/pause.js';

/** One after the other, in the order of asking. */
export type InTurn = <T>(signal: AbortSignalLike, act: () => Promise<T>) => Promise<T>;

/**
 * A queue. Many BMCs lose datagrams, or their senses, when several sessions are opened at once, so each has its own.
 * Who was aborted leaves it without having acted.
 */
export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, act) => {
    const before = last;
    const turn = (async () => {
      await before;
      if (signal.aborted) throw aborted();
      return act();
    })();
    last = turn.catch(() => {});
    return turn;
  };
}
