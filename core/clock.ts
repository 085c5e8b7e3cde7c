/** The span between two instants, to the microsecond: a difference of two such numbers has noise behind it. */
export function span_ms(from: number, to: number): number {
  return Math.round((to - from) * 1_000) / 1_000;
}

/** A timer that has not fired yet. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * All time in metalrig comes from here: virtual in `sim`, monotonic in the other worlds.
 * Instants and spans are milliseconds; the epoch is the start of the run, so a journal never holds a wall-clock date.
 */
export interface Clock {
  now(): number;
  /** Calls `fire` once, `delay_ms` from now, never before `setTimer` returned; ties in the order they were set. */
  setTimer(delay_ms: number, fire: () => void): Timer;
}
