import { assert } from '../../../../core/unreachable.js';

/** Bytes written and not yet acknowledged, kept in the buffers that they came in. */
export class SendQueue {
  size_bytes = 0;
  #buffers: Buffer[] = [];
  /** Buffers before this index are gone. */
  #head = 0;
  /** Bytes of the head buffer that are acknowledged already. */
  #headTaken_bytes = 0;
  /** Where the last copy ended: segments are mostly sent in order. Offset of the first byte of buffer `index`. */
  #cursor = { index: 0, offset: 0 };

  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#buffers.push(bytes);
    this.size_bytes += bytes.length;
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    assert(count <= this.size_bytes, 'more bytes are acknowledged than are queued');
    let left = count;
    this.size_bytes -= count;
    while (left > 0) {
      const rest_bytes = (this.#buffers[this.#head]?.length ?? 0) - this.#headTaken_bytes;
      if (left < rest_bytes) {
        this.#headTaken_bytes += left;
        break;
      }
      left -= rest_bytes;
      this.#headTaken_bytes = 0;
      this.#head += 1;
    }
    this.#cursor.offset -= count;
    if (this.#cursor.index < this.#head) this.#rewind();
    if (this.#head > 64 && this.#head * 2 > this.#buffers.length) this.#compact();
  }

  /** Fills `into` from `at` to its end with queued bytes, from `offset` after the first unacknowledged one on. */
  copy(offset: number, into: Buffer, at: number): void {
    if (offset < this.#cursor.offset) this.#rewind();
    const cursor = this.#cursor;
    let to = at;
    while (to < into.length) {
      const buffer = this.#buffers[cursor.index];
      assert(buffer !== undefined, 'more bytes are sent than are queued');
      const from = offset + to - at - cursor.offset;
      if (from < buffer.length) {
        to += buffer.copy(into, to, from);
      } else {
        cursor.offset += buffer.length;
        cursor.index += 1;
      }
    }
  }

  #rewind(): void {
    this.#cursor.index = this.#head;
    this.#cursor.offset = -this.#headTaken_bytes;
  }

  #compact(): void {
    this.#buffers = this.#buffers.slice(this.#head);
    this.#head = 0;
    this.#rewind();
  }
}
