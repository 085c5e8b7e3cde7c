import type { Clock } from '../../core/clock.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { pause } from '../system-clock/pause.js';

/** One call of a port: whose it is, and when it has to be over. */
export interface Call {
  readonly signal: AbortSignalLike;
  readonly deadlineAt: number;
  readonly begunAt: number;
}

const LONGEST_POLL_MS = 2_000;

export interface Polling<T> {
  readonly clock: Clock;
  readonly call: Call;
  readonly first_ms: number;
  /** Looks again until then; one look is made after it. */
  readonly within_ms: number;
  readonly look: () => Promise<T>;
  readonly isIt: (seen: T) => boolean;
}

/** What was seen last, and whether it is it. */
export async function polled<T>(options: Polling<T>): Promise<{ readonly seen: T; readonly isIt: boolean }> {
  const { clock, call, within_ms, look, isIt } = options;
  const until = Math.min(clock.now() + within_ms, call.deadlineAt);
  for (let wait_ms = options.first_ms; ; wait_ms = Math.min(wait_ms * 2, LONGEST_POLL_MS)) {
    const seen = await look();
    if (isIt(seen)) return { seen, isIt: true };
    const left_ms = until - clock.now();
    if (left_ms <= 0) return { seen, isIt: false };
    await pause(clock, Math.min(wait_ms, left_ms), call.signal);
  }
}
