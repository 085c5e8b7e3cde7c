import { closeSync, read } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { attemptToReadLater } from './attempt.js';
import { openPlain } from './read-chunks.js';

const CHUNK_BYTES = 1024 * 1024;
/** What is read at most before somebody else may look at the clock. */
const STEP_BYTES = 64 * CHUNK_BYTES;

export interface Followed {
  /** The stream's part of that number, from 0 on; null where there is none, or none yet. */
  readonly pathOf: (index: number) => string | null;
  /** The bytes are only lent. */
  readonly onBytes: (bytes: Uint8Array, index: number) => void;
}

/** Reads the parts of a stream one after the other, behind somebody who writes or reads them at the same time. */
export class PartFollower implements Disposable {
  readonly #followed: Followed;
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #part: { readonly path: string; readonly index: number; readonly descriptor: number } | null = null;
  #size_bytes = 0;

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  /** How far it is. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  /** Goes on to `until_bytes`, if so many are there already; never far in one go. @throws FaultError IMG-005 */
  async step(until_bytes: number): Promise<void> {
    await this.#advance(Math.min(until_bytes, this.#size_bytes + STEP_BYTES));
  }

  /** Goes on to the end of what is there. @throws FaultError IMG-005 */
  async finish(): Promise<void> {
    await this.#advance(Infinity);
  }

  [Symbol.dispose](): void {
    if (this.#part !== null) closeSync(this.#part.descriptor);
    this.#part = null;
  }

  async #advance(until_bytes: number): Promise<void> {
    while (this.#size_bytes < until_bytes) {
      // Before reading: where there is a next part, nobody writes to this one any more.
      const next = this.#followed.pathOf(this.#part === null ? 0 : this.#part.index + 1);
      const length = await this.#read();
      if (length === 0 && next === null) return;
      if (length === 0 && next !== null) this.#open(next);
    }
  }

  async #read(): Promise<number> {
    if (this.#part === null) return 0;
    const { path, index, descriptor } = this.#part;
    const { bytesRead } = await attemptToReadLater(path, () =>
      promisify(read)(descriptor, this.#buffer, 0, CHUNK_BYTES, null),
    );
    if (bytesRead > 0) this.#followed.onBytes(this.#buffer.subarray(0, bytesRead), index);
    this.#size_bytes += bytesRead;
    return bytesRead;
  }

  #open(path: string): void {
    const index = this.#part === null ? 0 : this.#part.index + 1;
    this[Symbol.dispose]();
    this.#part = { path, index, descriptor: openPlain(path, basename(path)) };
  }
}
