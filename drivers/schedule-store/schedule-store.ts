import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import type { LedgerState, ScheduleRecord } from '../../core/schedule/ledger.js';
import { COMMIT_NAME, commitName, commitText, damaged, parseCommit, STORE_VERSION } from './commit-file.js';

/** Every that many commits hold a checkpoint: so many files at most are read. */
export const CHECKPOINT_EVERY = 64;

const GENESIS = '0'.repeat(64);

/** A schedule as it was read: the state at the last checkpoint, and what was asked since. */
export interface StoredSchedule {
  readonly directory: string;
  /** Names the schedule; made anew for one that is not written yet. */
  readonly id: string;
  /** Null for one that is not written yet. */
  readonly slots: number | null;
  readonly checkpoint: LedgerState | null;
  readonly records: readonly ScheduleRecord[];
  /** Files at the end that were cut off, and count as not written. */
  readonly torn: readonly string[];
  /** The hash that the next commit is chained to, and its number. */
  readonly head: string;
  readonly next: number;
}

/**
 * A directory that is not there is an empty schedule.
 * @throws FaultError RES-007, RES-009
 */
export function readSchedule(directory: string): StoredSchedule {
  const names = namesIn(directory);
  const next = numberOf(names.at(-1)) + 1;
  let read: StoredSchedule = { ...EMPTY, directory, id: randomUUID(), next };
  for (const name of names.slice(firstNeeded(directory, names))) read = withFile(read, join(directory, name));
  return read;
}

const EMPTY = { slots: null, checkpoint: null, records: [], torn: [], head: GENESIS } as const;

/** Index of the last file that holds a checkpoint; 0 where none does. One that was cut off holds nothing. */
function firstNeeded(directory: string, names: readonly string[]): number {
  const last = names.findLastIndex((name) => {
    const file = join(directory, name);
    return numberOf(name) % CHECKPOINT_EVERY === 0 && parseCommit(textOf(file), file) !== null;
  });
  return Math.max(0, last);
}

function withFile(read: StoredSchedule, file: string): StoredSchedule {
  const found = parseCommit(textOf(file), file);
  if (found === null) return { ...read, torn: [...read.torn, file] };
  const { commit, hash } = found;
  if (commit.number !== numberOf(file)) throw damaged(file, `it is number ${commit.number}`);
  const { schedule, slots, checkpoint } = commit;
  const known = { ...read, id: schedule, slots, torn: [], head: hash };
  if (checkpoint !== null) return { ...known, checkpoint, records: [] };
  // A file that was cut off was never there for whoever wrote the next one, who had been told so.
  if (commit.previous !== read.head) throw damaged(file, 'it does not follow from the one before');
  return { ...known, records: [...read.records, ...commit.records] };
}

/** What is asked, and what the schedule comes to with it. */
export interface Change {
  readonly slots: number;
  readonly records: readonly ScheduleRecord[];
  readonly state: LedgerState;
}

/**
 * Writes records as the next commit: a file of its own, complete before it has its name. The name is a number that only
 * one writer can take, on NFS as well, without any lock.
 *
 * @throws FaultError RES-006 when somebody else has written since it was read, RES-008
 */
export function commitChange(before: StoredSchedule, { slots, records, state }: Change): void {
  const { directory, id, head, next } = before;
  const checkpoint = next % CHECKPOINT_EVERY === 0 ? state : null;
  const commit = {
    version: STORE_VERSION,
    number: next,
    schedule: id,
    slots,
    previous: head,
    records,
    checkpoint,
  } as const;
  const draft = join(directory, `.draft-${randomUUID()}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeWhole(draft, commitText(commit).text);
    const isOurs = linked(draft, join(directory, commitName(next)));
    if (isOurs) syncDirectory(directory);
    else throw new FaultError({ code: 'RES-006', kind: 'schedule.contended', directory });
  } catch (thrown) {
    if (thrown instanceof FaultError) throw thrown;
    throw new FaultError({ code: 'RES-008', kind: 'schedule.unwritable', directory, why: whyOf(thrown) }, thrown);
  } finally {
    unlinkQuietly(draft);
  }
}

function writeWhole(path: string, text: string): void {
  const descriptor = openSync(path, 'wx');
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** An NFS server whose answer was lost says EEXIST to the repetition: the count of links tells whose it is: link(2). */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (thrown) {
    if (whyOf(thrown) !== 'EEXIST') throw thrown;
    return statSync(draft).nlink === 2;
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => COMMIT_NAME.test(name))
      .sort();
  } catch (thrown) {
    if (whyOf(thrown) === 'ENOENT') return [];
    throw unreadable(directory, thrown);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

function unreadable(file: string, thrown: unknown): FaultError {
  return new FaultError({ code: 'RES-009', kind: 'schedule.unreadable', file, why: whyOf(thrown) }, thrown);
}

/** 0 for no file. */
function numberOf(path: string | undefined): number {
  return Number(/(\d{8})\.json$/.exec(path ?? '')?.[1] ?? 0);
}

function whyOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never came to be.
  }
}
