import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

export interface LogRecord {
  /** As the BMC numbers it. */
  readonly id: string;
  /** By the BMC's own clock, as `2026-11-21T19:00:00`, with its zone where it says one; null before that was set. */
  readonly at: string | null;
  /** What it is about, such as a sensor's name; empty where it says nothing. */
  readonly about: string;
  readonly says: string;
  readonly severity: 'ok' | 'warning' | 'critical' | null;
}

/** What a BMC remembers of its machine: IPMI's SEL, Redfish's log services. */
export interface EventLogPort {
  /** Oldest first. */
  read(node: NodeId, signal: AbortSignalLike): Promise<readonly LogRecord[]>;
  /** Cleared twice is cleared once; what came in between is gone too. */
  clear(node: NodeId, signal: AbortSignalLike): Promise<void>;
}
