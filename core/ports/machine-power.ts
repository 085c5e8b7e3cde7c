import type { AbortSignalLike, PowerState } from './power.js';

/** The power of one machine: what a driver's factory makes. Who has several nodes puts a PowerPort before them. */
export interface MachinePower {
  read(signal: AbortSignalLike): Promise<PowerState>;
  /** A level, as PowerPort says it. */
  ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
}
