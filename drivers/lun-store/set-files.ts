import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { attempt, whyOf } from './byte-file.js';

/** The few things that the sets do to files, each of which a crash may come before, after, or (a write) within. */
export interface SetFiles {
  makeDirectory(path: string): void;
  /** Names in a directory; none where it is not there. */
  list(directory: string): readonly string[];
  /** Null where it is not there. */
  read(path: string): Buffer | null;
  /** A whole file, on stable storage when this returns. */
  write(path: string, bytes: Buffer): void;
  rename(from: string, to: string): void;
  /** What was made, renamed or removed in it is so after a power cut too. */
  flushDirectory(path: string): void;
  /** Nothing happens where it is not there. */
  remove(path: string): void;
}

/** The host's, with faults LUN-004 and LUN-008. */
export const hostFiles: SetFiles = {
  makeDirectory: (path) => void attempt(path, () => mkdirSync(path, { recursive: true, mode: 0o700 })),
  list: (directory) => orNull(directory, () => readdirSync(directory)) ?? [],
  read: (path) => orNull(path, () => readFileSync(path)),
  write: (path, bytes) =>
    onDescriptor(path, 'w', (descriptor) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      fsyncSync(descriptor);
    }),
  rename: (from, to) => attempt(to, () => renameSync(from, to)),
  flushDirectory: (path) => onDescriptor(path, 'r', fsyncSync),
  remove: (path) => void orNull(path, () => unlinkSync(path)),
};

function onDescriptor(path: string, flags: 'r' | 'w', work: (descriptor: number) => void): void {
  attempt(path, () => {
    const descriptor = openSync(path, flags, 0o600);
    try {
      work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

function orNull<T>(path: string, work: () => T): T | null {
  return attempt(path, () => {
    try {
      return work();
    } catch (error) {
      if (whyOf(error) === 'ENOENT') return null;
      throw error;
    }
  });
}
