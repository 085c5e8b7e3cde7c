import { advance, distance } from './sequence.js';

/** Each piece costs more than its bytes, and a window of one-byte pieces would cost a hundred times what it holds. */
const MOST_PIECES = 1024;

interface Piece {
  readonly sequence: number;
  readonly bytes: Buffer;
}

/** Segments that came before their turn: in order, never overlapping, bounded. */
export class Reassembly {
  #pieces: Piece[] = [];

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  clear(): void {
    this.#pieces = [];
  }

  /** Keeps what of `bytes` is not here yet. Copies, as a segment may be a small part of a large buffer. */
  keep(sequence: number, bytes: Buffer): void {
    let from = sequence;
    const end = advance(sequence, bytes.length);
    let index = this.#firstEndingAfter(sequence);
    while (distance(from, end) > 0 && this.#pieces.length < MOST_PIECES) {
      const next = this.#pieces[index];
      const gap =
        next === undefined ? distance(from, end) : Math.min(distance(from, next.sequence), distance(from, end));
      if (gap > 0) {
        const start = distance(sequence, from);
        this.#pieces.splice(index, 0, { sequence: from, bytes: Buffer.from(bytes.subarray(start, start + gap)) });
        index += 1;
      }
      if (next === undefined) return;
      from = advance(next.sequence, next.bytes.length);
      index += 1;
    }
  }

  /** @returns the bytes that start at `sequence`, once it is their turn; pieces that lie before it are forgotten */
  next(sequence: number): Buffer | null {
    const first = this.#pieces[0];
    if (first === undefined || distance(sequence, first.sequence) > 0) return null;
    this.#pieces.shift();
    const old_bytes = distance(first.sequence, sequence);
    return old_bytes < first.bytes.length ? first.bytes.subarray(old_bytes) : this.next(sequence);
  }

  #firstEndingAfter(sequence: number): number {
    // New pieces mostly go to the end, so the search starts there.
    let index = this.#pieces.length;
    while (index > 0) {
      const before = this.#pieces[index - 1];
      if (before === undefined || distance(advance(before.sequence, before.bytes.length), sequence) >= 0) break;
      index -= 1;
    }
    return index;
  }
}
