/** What may wait for a lost segment: more than iPXE's or a login's whole window. */
const MOST_HELD_BYTES = 1 << 18;
const MOST_HELD_SEGMENTS = 256;

interface Held {
  readonly sequence: number;
  readonly bytes: Buffer;
}

/** Puts one direction of a TCP connection in order. Bounded: what does not fit is as if it had been lost. */
export class Reassembly {
  #next: number;
  #held: Held[] = [];
  #held_bytes = 0;

  /** @param next sequence number of the first byte: one after the SYN's */
  constructor(next: number) {
    this.#next = next >>> 0;
  }

  /** Hands every byte to `onBytes` once, in order, as far as there is no gap. `bytes` may be kept. */
  push(sequence: number, bytes: Buffer, onBytes: (bytes: Buffer) => void): void {
    if (bytes.length === 0) return;
    const ahead = (sequence - this.#next) | 0;
    if (ahead > 0) {
      this.#hold({ sequence, bytes });
      return;
    }
    if (bytes.length + ahead <= 0) return;
    this.#advance(ahead === 0 ? bytes : bytes.subarray(-ahead), onBytes);
    while (this.#held.length > 0 && this.#releaseOne(onBytes));
  }

  #advance(bytes: Buffer, onBytes: (bytes: Buffer) => void): void {
    this.#next = (this.#next + bytes.length) >>> 0;
    onBytes(bytes);
  }

  #hold(held: Held): void {
    if (this.#held_bytes + held.bytes.length > MOST_HELD_BYTES || this.#held.length >= MOST_HELD_SEGMENTS) return;
    this.#held.push(held);
    this.#held_bytes += held.bytes.length;
  }

  /** @returns whether one was used up, so that another may fit now */
  #releaseOne(onBytes: (bytes: Buffer) => void): boolean {
    const index = this.#held.findIndex(({ sequence }) => ((sequence - this.#next) | 0) <= 0);
    const [held] = index === -1 ? [] : this.#held.splice(index, 1);
    if (held === undefined) return false;
    this.#held_bytes -= held.bytes.length;
    const past = (this.#next - held.sequence) | 0;
    if (past < held.bytes.length) this.#advance(held.bytes.subarray(past), onBytes);
    return true;
  }
}
