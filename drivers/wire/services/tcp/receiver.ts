import { Reassembly } from './reassembly.js';
import { advance, distance } from './sequence.js';

/** At 40 MB/s this is 25 ms of a paused application. */
const CAPACITY_BYTES = 1024 * 1024;
/** Waiting pieces are joined up to this size: about three full segments. */
const JOINED_BYTES = 4096;

/** The receive side: what is the next byte, how much more may come, and what waits for the application. */
export class Receiver {
  /** RCV.NXT. */
  next: number;
  isPaused = false;
  /** The peer's FIN had its turn. */
  isFinished = false;
  readonly #listeners: ((bytes: Buffer) => void)[] = [];
  readonly #reassembly = new Reassembly();
  #waiting: Buffer[] = [];
  #waiting_bytes = 0;
  #hasMadeRoom = false;
  #finAt: number | null = null;
  /** The right edge of the window as the peer was last told. */
  #edge: number;

  constructor(next: number) {
    this.next = next;
    this.#edge = next;
  }

  listen(listener: (bytes: Buffer) => void): void {
    this.#listeners.push(listener);
  }

  get window_bytes(): number {
    return CAPACITY_BYTES - this.#waiting_bytes;
  }

  /** The application has all there is. */
  get isDelivered(): boolean {
    return this.#waiting_bytes === 0;
  }

  /** The peer is told a window of `window_bytes`. */
  told(window_bytes: number): void {
    this.#edge = advance(this.next, window_bytes);
  }

  /** The application made room, enough for a segment of its own (RFC 9293, section 3.8.6.2.2). Says so once. */
  takeOpened(step_bytes: number): boolean {
    if (!this.#hasMadeRoom || distance(this.#edge, advance(this.next, this.window_bytes)) < step_bytes) return false;
    this.#hasMadeRoom = false;
    return true;
  }

  /** RFC 9293, section 3.10.7.4, first check. `length` counts SYN and FIN. */
  accepts(sequence: number, length: number): boolean {
    const window_bytes = this.window_bytes;
    const start = distance(this.next, sequence);
    if (length === 0) return window_bytes === 0 ? start === 0 : start >= 0 && start < window_bytes;
    // With the window shut the acknowledgment in a segment that carries the next byte still counts.
    if (window_bytes === 0) return start === 0;
    return start < window_bytes && start + length > 0;
  }

  /** Takes an acceptable segment's bytes and its FIN: what is next goes to the application, later ones wait. */
  take(sequence: number, bytes: Buffer, fin: boolean): void {
    if (this.isFinished) return;
    if (fin) this.#finAt ??= advance(sequence, bytes.length);
    const old_bytes = Math.max(0, distance(sequence, this.next));
    const room_bytes = this.window_bytes - Math.max(0, distance(this.next, sequence));
    const fresh = bytes.subarray(Math.min(old_bytes, bytes.length), old_bytes + Math.max(0, room_bytes));
    if (fresh.length > 0 && distance(this.next, sequence) > 0) this.#reassembly.keep(sequence, fresh);
    else if (fresh.length > 0) this.#deliver(fresh);
    while (!this.#reassembly.isEmpty) {
      const piece = this.#reassembly.next(this.next);
      if (piece === null) break;
      this.#deliver(piece);
    }
    if (this.#finAt !== this.next) return;
    this.next = advance(this.next, 1);
    this.isFinished = true;
  }

  /** Hands over what waited, until the application pauses again. */
  handOver(): void {
    while (!this.isPaused && this.#listeners.length > 0) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) return;
      this.#waiting_bytes -= bytes.length;
      this.#hasMadeRoom = true;
      this.#tell(bytes);
    }
  }

  /** Forgets everything: the connection was reset. */
  discard(): void {
    this.isFinished = false;
    this.#listeners.length = 0;
    this.#waiting = [];
    this.#waiting_bytes = 0;
    this.#reassembly.clear();
  }

  #deliver(piece: Buffer): void {
    // Nothing comes after a FIN, whatever the peer sends.
    const bytes = this.#finAt === null ? piece : piece.subarray(0, Math.max(0, distance(this.next, this.#finAt)));
    this.next = advance(this.next, bytes.length);
    if (this.isPaused || this.#waiting_bytes > 0 || this.#listeners.length === 0) this.#wait(bytes);
    else this.#tell(bytes);
  }

  /** Copies, as a segment may be a small part of a large buffer, and joins small ones, as each has its own cost. */
  #wait(bytes: Buffer): void {
    this.#waiting_bytes += bytes.length;
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.length + bytes.length <= JOINED_BYTES) {
      this.#waiting[this.#waiting.length - 1] = Buffer.concat([last, bytes]);
    } else {
      this.#waiting.push(Buffer.from(bytes));
    }
  }

  #tell(bytes: Buffer): void {
    for (const listener of this.#listeners) listener(bytes);
  }
}
