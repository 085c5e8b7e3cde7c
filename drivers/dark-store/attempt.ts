import { statfsSync } from 'node:fs';
import { FaultError, faultOf, type Fault } from '../../core/faults/fault.js';

/** No room: on the disk, in the user's quota, in a file of the size that a process may write. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
/** Less room than any program leaves that ended because there was none. */
const FULL_BYTES = 256 * 1024;

/** @throws FaultError IMG-013 when the disk is full, IMG-014 for anything else that the system refuses */
export function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw mapped(path, thrown);
  }
}

/** As `attempt`, for what answers later. */
export async function attemptLater<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw mapped(path, thrown);
  }
}

/** @throws FaultError IMG-005 */
export function attemptToRead<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** As `attemptToRead`, for what answers later. */
export async function attemptToReadLater<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

function unreadable(path: string, thrown: unknown): unknown {
  if (thrown instanceof FaultError) return thrown;
  return new FaultError({ code: 'IMG-005', kind: 'source.unreadable', path, why: whyOf(thrown) }, thrown);
}

/** The error's code, as ENOENT. */
export function whyOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A program that failed where there is no room left has failed for that: its words are not ours to read. */
export function fullOr(path: string, thrown: unknown): unknown {
  if (faultOf(thrown)?.code !== 'IMG-016') return thrown;
  const { bavail, bsize } = attempt(path, () => statfsSync(path));
  return bavail * bsize < FULL_BYTES ? new FaultError({ code: 'IMG-013', kind: 'disk.full', path }, thrown) : thrown;
}

/** What becomes of anything that a place of ours throws. */
export function mapped(path: string, thrown: unknown): unknown {
  if (thrown instanceof FaultError) return thrown;
  const why = whyOf(thrown);
  const fault: Fault = FULL.includes(why)
    ? { code: 'IMG-013', kind: 'disk.full', path }
    : { code: 'IMG-014', kind: 'store.failed', path, why };
  return new FaultError(fault, thrown);
}
