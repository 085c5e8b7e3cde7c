/** Large enough that a boot loader's small reads in a row are mostly found, small enough to be read in microseconds. */
const CHUNK_BYTES = 64 * 1024;
/** 16 MiB an image at most: the host's page cache stands behind it. */
const MOST_CHUNKS = 256;
/** So many readers going through an image at once are told apart. */
const READERS = 16;

/**
 * A bounded cache of what does not change. Only a read that goes on where another one ended brings a whole chunk in:
 * random reads would only churn it, and large ones are as quick straight from the file.
 * Buffers that were handed out are never reused, so that a stream may keep them.
 */
export class ReadCache {
  readonly #size_bytes: number;
  readonly #fetch: (offset: number, length: number) => Buffer;
  /** In the order of use, the oldest first. */
  readonly #chunks = new Map<number, Buffer>();
  readonly #ends = new Float64Array(READERS);
  #nextReader = 0;

  constructor(size_bytes: number, fetch: (offset: number, length: number) => Buffer) {
    this.#size_bytes = size_bytes;
    this.#fetch = fetch;
  }

  read(offset: number, length: number): Buffer {
    const number = Math.floor(offset / CHUNK_BYTES);
    const start = number * CHUNK_BYTES;
    const goesOn = this.#goesOn(offset, length);
    if (offset + length > start + CHUNK_BYTES) return this.#fetch(offset, length);
    const chunk = this.#chunks.get(number) ?? (goesOn ? this.#bring(number, start) : null);
    return chunk === null ? this.#fetch(offset, length) : chunk.subarray(offset - start, offset - start + length);
  }

  /** Whether some reader was at `offset` last; it is at the end of this read now. */
  #goesOn(offset: number, length: number): boolean {
    const reader = this.#ends.indexOf(offset);
    const isKnown = reader >= 0 && offset > 0;
    this.#ends[isKnown ? reader : this.#nextReader] = offset + length;
    if (!isKnown) this.#nextReader = (this.#nextReader + 1) % READERS;
    return isKnown;
  }

  #bring(number: number, start: number): Buffer {
    const chunk = this.#fetch(start, Math.min(CHUNK_BYTES, this.#size_bytes - start));
    this.#chunks.set(number, chunk);
    if (this.#chunks.size > MOST_CHUNKS) {
      const [oldest] = this.#chunks.keys();
      if (oldest !== undefined) this.#chunks.delete(oldest);
    }
    return chunk;
  }
}
