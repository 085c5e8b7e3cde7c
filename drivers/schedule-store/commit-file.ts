import { createHash } from 'node:crypto';
import { FaultError } from '../../core/faults/fault.js';
import type { LedgerState, ScheduleRecord } from '../../core/schedule/ledger.js';

export const STORE_VERSION = 1;

/** One change of the schedule, whole or not at all. */
export interface Commit {
  readonly version: typeof STORE_VERSION;
  /** From 1. */
  readonly number: number;
  /** Names the schedule among all schedules; the same in every commit. */
  readonly schedule: string;
  /** How many slots a mesh node's disk has; the same in every commit. */
  readonly slots: number;
  /** Hash of the commit before; the first one is chained to nothing. */
  readonly previous: string;
  readonly records: readonly ScheduleRecord[];
  /** Every so often all that the records up to here come to, so that nobody has to read them again. */
  readonly checkpoint: LedgerState | null;
}

export interface ReadCommit {
  readonly commit: Commit;
  readonly hash: string;
}

/** Eight digits: file names sort as numbers do. */
export function commitName(number: number): string {
  return `${String(number).padStart(8, '0')}.json`;
}

export const COMMIT_NAME = /^\d{8}\.json$/;

/** The commit as one line of JSON, then the SHA-256 of that line. */
export function commitText(commit: Commit): { readonly text: string; readonly hash: string } {
  const body = JSON.stringify(commit);
  const hash = hashOf(body);
  return { text: `${body}\n${hash}\n`, hash };
}

/**
 * @returns null for a file that was cut off, as a power cut leaves it: its last line is not there
 * @throws FaultError RES-007 when it is whole and not what was written, RES-009 for another version
 */
export function parseCommit(text: string, file: string): ReadCommit | null {
  const [, body, hash] = /^([^\n]*)\n([0-9a-f]{64})\n$/.exec(text) ?? [];
  if (body === undefined || hash === undefined) return null;
  if (hashOf(body) !== hash) throw damaged(file, 'its checksum is another one');
  // What the checksum vouches for was written by us, so its shape is believed once its version is known.
  const commit = JSON.parse(body) as Commit;
  const version: number = commit.version;
  if (version !== STORE_VERSION) {
    throw new FaultError({ code: 'RES-009', kind: 'schedule.unreadable', file, why: `version ${version}` });
  }
  return { commit, hash };
}

export function damaged(file: string, what: string): FaultError {
  return new FaultError({ code: 'RES-007', kind: 'schedule.damaged', file, what });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
