import type { Clock, Timer } from '../../core/clock.js';

/** setTimeout takes a signed 32-bit count of milliseconds; anything longer fires after 1 ms (Node, timers). */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The computer's monotonic clock, in milliseconds since this call, or going on at `from_ms`. Never moves backwards with
 * the wall clock.
 */
export function systemClock(from_ms = 0): Clock {
  const startedAt = performance.now() - from_ms;
  // Whole microseconds: what a capture has, and what a person can read in a journal.
  const now = (): number => Math.round((performance.now() - startedAt) * 1000) / 1000;
  return { now, setTimer: (delay_ms, fire) => setTimer(now, now() + delay_ms, fire) };
}

function setTimer(now: () => number, dueAt: number, fire: () => void): Timer {
  let timeout: NodeJS.Timeout;
  const arm = (): void => {
    const left_ms = Math.max(0, Math.ceil(dueAt - now()));
    timeout = setTimeout(wake, Math.min(left_ms, LONGEST_TIMEOUT_MS));
  };
  const wake = (): void => {
    // libuv counts whole milliseconds and may wake a fraction of one too early; long waits come in pieces.
    if (now() < dueAt) arm();
    else fire();
  };
  arm();
  return { cancel: () => clearTimeout(timeout) };
}
