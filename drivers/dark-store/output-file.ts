import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { attempt, attemptLater } from './attempt.js';

/** A file that was written whole. */
export interface WrittenFile {
  readonly name: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

/**
 * Writes one new file and hashes it on the way. Writes are synchronous: what a program hands us has left us before it
 * may hand us more, so nothing piles up in memory.
 */
export class OutputFile {
  readonly #name: string;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('sha256');
  #size_bytes = 0;
  #isOpen = true;

  /** @throws FaultError IMG-013, IMG-014 */
  constructor(path: string, name: string) {
    this.#name = name;
    this.#path = path;
    // As Clonezilla has its own: whoever may read a disk's content is decided elsewhere.
    this.#descriptor = attempt(path, () => openSync(path, 'wx', 0o600));
  }

  /** @throws FaultError IMG-013, IMG-014 */
  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      const from = done;
      done += attempt(this.#path, () => writeSync(this.#descriptor, bytes, from));
    }
    this.#size_bytes += bytes.length;
  }

  /**
   * Everything is on stable storage when it comes.
   * @throws FaultError IMG-013, IMG-014: some file systems tell it only now
   */
  async finish(): Promise<WrittenFile> {
    await attemptLater(this.#path, () => promisify(fsync)(this.#descriptor));
    this.close();
    return { name: this.#name, size_bytes: this.#size_bytes, sha256: this.#hash.digest('hex') };
  }

  /** For a file that will not be finished; does nothing when it is. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    attempt(this.#path, () => closeSync(this.#descriptor));
  }
}
