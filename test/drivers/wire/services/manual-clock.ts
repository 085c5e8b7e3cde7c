import type { Clock, Timer } from '../../../../core/clock.js';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves on and fires what falls due on the way, in order. */
  advance(span_ms: number): void;
  /** Timers that have been set and neither fired nor cancelled. */
  pending(): number;
}

export function manualClock(): ManualClock {
  let now = 0;
  let serial = 0;
  const timers = new Map<number, { readonly at: number; readonly fire: () => void }>();
  const next = (until: number): number | null => {
    let found: number | null = null;
    let foundAt = until;
    for (const [id, { at }] of timers) {
      if (at < foundAt || (at === foundAt && found === null)) [found, foundAt] = [id, at];
    }
    return found;
  };
  return {
    now: () => now,
    setTimer(delay_ms, fire): Timer {
      const id = serial++;
      timers.set(id, { at: now + delay_ms, fire });
      return { cancel: () => void timers.delete(id) };
    },
    advance(span_ms) {
      const until = now + span_ms;
      for (let id = next(until); id !== null; id = next(until)) {
        const timer = timers.get(id);
        timers.delete(id);
        now = timer?.at ?? now;
        timer?.fire();
      }
      now = until;
    },
    pending: () => timers.size,
  };
}
