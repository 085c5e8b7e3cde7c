import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import { NO_PROCESS, processStart } from '../process/alive.js';
import { attempt, whyOf } from './byte-file.js';

/** Attempts to get past locks that dead processes left; each one takes another such lock away. */
const MOST_ATTEMPTS = 8;

let lastNumber = 0;

/**
 * `FILE.lock` holds the process that writes FILE: its number and its start time, so that a number given out again (a
 * container's rack often has the same one) is not taken for the old process. A lock that a killed process left is void.
 */
export class LockFile {
  readonly #path: string;
  readonly #content: string;

  /** @throws FaultError LUN-005 when a living process, or this one, holds it */
  static take(file: string): LockFile {
    const path = `${file}.lock`;
    const own = `${path}.${process.pid}.${++lastNumber}`;
    const content = `${process.pid} ${processStart(process.pid)} ${lastNumber}\n`;
    attempt(file, () => writeFileSync(own, content));
    try {
      for (let tries = 0; tries < MOST_ATTEMPTS; tries++) {
        if (linked(file, own, path)) return new LockFile(path, content);
        const holder = readOrNull(path);
        if (holder !== null && isAlive(holder)) break;
        takeAway(path, holder, own);
      }
      const pid = Number(readOrNull(path)?.split(' ')[0] ?? 0);
      throw new FaultError({ code: 'LUN-005', kind: 'lun.inUse', file, pid });
    } finally {
      unlinkQuietly(own);
    }
  }

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
  }

  release(): void {
    if (readOrNull(this.#path) === this.#content) unlinkQuietly(this.#path);
  }
}

/** A link appears whole or not at all: nobody ever reads half a lock. */
function linked(file: string, own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (whyOf(error) === 'EEXIST') return false;
    throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file, why: whyOf(error) }, error);
  }
}

/** Renamed first: when another process was quicker, what is in our hands is its fresh lock, and goes back. */
function takeAway(path: string, stale: string | null, own: string): void {
  const aside = `${own}.stale`;
  try {
    renameSync(path, aside);
    if (readOrNull(aside) !== stale) linkSync(aside, path);
  } catch {
    // Somebody else has taken it away or put a new one there: the next attempt sees which.
  }
  unlinkQuietly(aside);
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.trim().split(' ');
  return pid !== undefined && /^\d+$/.test(pid) && start !== NO_PROCESS && processStart(Number(pid)) === start;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already.
  }
}
