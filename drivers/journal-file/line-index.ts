import { closeSync, openSync, readSync } from 'node:fs';

const NEWLINE = 10;
const CHUNK_BYTES = 1 << 20;
/** In one answer, unless a single line is longer. */
const ANSWER_BYTES = 256 * 1024;

/** Where each line of a journal file begins, so that any of them can be read again while the file grows. */
export class LineIndex {
  readonly #descriptor: number;
  /** `#ends[n]` is where line n ends, its newline included; the first line is number 1. */
  readonly #ends: number[] = [0];

  /** Looks through what is there. The last line has its newline. */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let start = 0;
    for (let got = this.#fill(chunk, start); got > 0; got = this.#fill(chunk, start)) {
      for (let at = chunk.indexOf(NEWLINE); at !== -1 && at < got; at = chunk.indexOf(NEWLINE, at + 1)) {
        this.#ends.push(start + at + 1);
      }
      start += got;
    }
  }

  get length(): number {
    return this.#ends.length - 1;
  }

  /** A line that was appended to the file. */
  add(line: string): void {
    this.#ends.push(this.#end(this.length) + Buffer.byteLength(line) + 1);
  }

  /** Lines `from` to `to`, or only the first of them, where they are many. */
  read(from: number, to: number): readonly string[] {
    const first = Math.max(1, from);
    const wanted = Math.min(to, this.length);
    if (first > wanted) return [];
    const start = this.#end(first - 1);
    let last = first;
    while (last < wanted && this.#end(last + 1) - start <= ANSWER_BYTES) last += 1;
    // Without the last newline.
    const bytes = Buffer.alloc(this.#end(last) - start - 1);
    let got = 0;
    while (got < bytes.length) {
      const more = readSync(this.#descriptor, bytes, got, bytes.length - got, start + got);
      if (more === 0) return [];
      got += more;
    }
    return bytes.toString().split('\n');
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(chunk: Buffer, position: number): number {
    return readSync(this.#descriptor, chunk, 0, chunk.length, position);
  }

  #end(line: number): number {
    return this.#ends[line] ?? 0;
  }
}
