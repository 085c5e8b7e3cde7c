import type { Clock } from '../../../core/clock.js';

/** A clock that stands still until a test moves it. */
export interface HandClock extends Clock {
  /** Moves time on, firing what falls due on the way, each at its own instant. */
  pass(span_ms: number): void;
}

export function handClock(): HandClock {
  let now = 0;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];
  return {
    now: () => now,
    setTimer(delay_ms, fire) {
      const timer = { at: now + delay_ms, fire };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
    pass(span_ms) {
      const end = now + span_ms;
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.fire();
      }
      now = end;
    },
  };
}
