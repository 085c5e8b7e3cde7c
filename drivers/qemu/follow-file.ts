import { closeSync, openSync, readSync, watch } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

export interface FollowedFile {
  /** What is in it by now has been handed over; nothing more is. */
  finish(): void;
}

/**
 * Hands over a growing file's bytes from `from_bytes` on, each once: first what is there, then what is written, as the
 * kernel tells of it.
 * @throws Error of the system when the file cannot be read or watched
 * @see inotify(7): it tells nothing of a file that another host writes
 */
export function followFile(path: string, from_bytes: number, onBytes: (bytes: Buffer) => void): FollowedFile {
  const descriptor = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let at = from_bytes;
  const pull = (): void => {
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, at);
      if (length === 0) return;
      at += length;
      // A copy: serial bytes come one by one, and whoever takes them may keep them.
      onBytes(Buffer.from(chunk.subarray(0, length)));
    }
  };
  // Before the first pull: what is written meanwhile is told of.
  const watcher = watch(path, pull);
  // A file that was removed is told no more of; what its writer still writes is read at the end.
  watcher.on('error', () => {});
  pull();
  return {
    finish() {
      watcher.close();
      pull();
      closeSync(descriptor);
    },
  };
}
