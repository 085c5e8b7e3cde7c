import type { Clock } from '../../../../core/clock.js';
import { decodePlain, encodePlain, TWO_32, type PlainSegment } from './tcp-segment.js';

export interface PeerOptions {
  readonly clock: Clock;
  readonly address: number;
  readonly port: number;
  readonly server: number;
  readonly serverPort: number;
  readonly initialSequence: number;
  readonly mss_bytes: number;
  /** Null: window scaling is not offered. */
  readonly windowScale: number | null;
  /** How much is taken in while the reader does not read. */
  readonly capacity_bytes: number;
  readonly send: (segment: Buffer) => void;
}

const RETRY_MS = 250;

/**
 * A client to hold our TCP against: slow and simple, and of another make. It counts bytes from the start of the
 * stream and turns them into sequence numbers only at the edge; it sends again all that is not acknowledged, by a
 * steady timer, and acknowledges every segment.
 */
export class TcpPeer {
  state: 'asking' | 'open' | 'reset' = 'asking';
  /** What the reader has read. */
  received = Buffer.alloc(0);
  hasSeenEnd = false;
  isReading = true;
  /** Every segment that came in whole. */
  readonly heard: PlainSegment[] = [];
  readonly #options: PeerOptions;
  #outgoing = Buffer.alloc(0);
  #isEnding = false;
  /** Of our stream: acknowledged, sent, and how far the server's window reaches. FIN counts as a byte. */
  #acknowledged = 0;
  #sent = 0;
  #limit = 0;
  #serverScale = 0;
  #serverStart = 0;
  /** Bytes in their order that the reader has not read. */
  #unread = Buffer.alloc(0);
  readonly #early = new Map<number, Buffer>();
  #endsAt = Infinity;

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  connect(): void {
    this.#transmit('S', 0, Buffer.alloc(0));
    this.#retry();
  }

  write(bytes: Buffer): void {
    this.#outgoing = Buffer.concat([this.#outgoing, bytes]);
    this.#pump(false);
  }

  end(): void {
    this.#isEnding = true;
    this.#pump(false);
  }

  /** Everything that was written, and the FIN if there is one, is acknowledged. */
  get isHeard(): boolean {
    return this.#acknowledged === this.#total;
  }

  read(): void {
    this.received = Buffer.concat([this.received, this.#unread]);
    this.#unread = Buffer.alloc(0);
    if (this.state === 'open') this.#acknowledge();
  }

  reset(offset = 0): void {
    this.#transmit('R', this.#sent + 1 + offset, Buffer.alloc(0));
  }

  /** A segment as it stands, numbers counted from the start of either stream. */
  raw(flags: string, at: number, payload: Buffer): void {
    this.#transmit(flags, at + 1, payload);
  }

  arrive(bytes: Buffer): void {
    const segment = decodePlain(bytes, [this.#options.server, this.#options.address]);
    if (segment === null || segment.destinationPort !== this.#options.port) return;
    this.heard.push(segment);
    if (segment.flags.includes('R')) return this.#takeReset(segment);
    if (this.state === 'reset') return;
    if (segment.flags.includes('S')) return this.#takeSyn(segment);
    if (this.state !== 'open') return;
    this.#takeAcknowledgment(segment);
    this.#takeData(segment);
    this.#pump(false);
  }

  #takeReset(segment: PlainSegment): void {
    // In TIME-WAIT a reset is the answer to a late duplicate of our own (RFC 1337).
    if (this.hasSeenEnd && this.#isEnding && this.isHeard) return;
    const expected = (this.#serverStart + 1 + this.#received) % TWO_32;
    if (this.state === 'asking' || segment.sequence === expected) this.state = 'reset';
  }

  #takeSyn(segment: PlainSegment): void {
    if (this.state === 'asking') {
      if (segment.acknowledgment !== (this.#options.initialSequence + 1) % TWO_32) return;
      this.state = 'open';
      this.#serverStart = segment.sequence;
      const scaleAt = segment.options.indexOf(3);
      if (this.#options.windowScale !== null && scaleAt >= 0) this.#serverScale = segment.options[scaleAt + 2] ?? 0;
      this.#limit = segment.window;
    }
    this.#acknowledge();
    this.#pump(false);
  }

  #takeAcknowledgment(segment: PlainSegment): void {
    const ahead =
      (segment.acknowledgment - this.#options.initialSequence - 1 - this.#acknowledged + 2 * TWO_32) % TWO_32;
    if (ahead > this.#sent - this.#acknowledged) return;
    this.#acknowledged += ahead;
    this.#limit = this.#acknowledged + segment.window * 2 ** this.#serverScale;
  }

  /** Bytes of the server's stream that came in their order. */
  get #received(): number {
    const bytes = this.received.length + this.#unread.length;
    return this.hasSeenEnd ? bytes + 1 : bytes;
  }

  #takeData(segment: PlainSegment): void {
    const isEnd = segment.flags.includes('F');
    const next = this.#received;
    if (segment.payload.length === 0 && !isEnd) {
      // An old number and nothing in it asks whether we are alive.
      if ((segment.sequence + 1) % TWO_32 === (this.#serverStart + 1 + next) % TWO_32) this.#acknowledge();
      return;
    }
    let at = (segment.sequence - this.#serverStart - 1 - next + 2 * TWO_32) % TWO_32;
    if (at > TWO_32 / 2) at -= TWO_32;
    if (this.#unread.length + at + segment.payload.length <= this.#options.capacity_bytes && !this.hasSeenEnd) {
      this.#early.set(next + at, Buffer.from(segment.payload));
      if (isEnd) this.#endsAt = next + at + segment.payload.length;
    }
    this.#assemble();
    if (this.isReading) this.read();
    else this.#acknowledge();
  }

  #assemble(): void {
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const [at, bytes] of this.#early) {
        const next = this.received.length + this.#unread.length;
        if (at > next) continue;
        this.#early.delete(at);
        if (at + bytes.length <= next) continue;
        this.#unread = Buffer.concat([this.#unread, bytes.subarray(next - at)]);
        isMoving = true;
      }
    }
    if (this.received.length + this.#unread.length === this.#endsAt) this.hasSeenEnd = true;
  }

  get #total(): number {
    return this.#outgoing.length + (this.#isEnding ? 1 : 0);
  }

  /** Sends what the window lets out; with `again`, from the first byte that is not acknowledged. */
  #pump(again: boolean): void {
    if (this.state !== 'open') return;
    let at = again ? this.#acknowledged : this.#sent;
    // Into a shut window one byte goes, by the timer alone.
    const limit = again ? Math.max(this.#limit, this.#acknowledged + 1) : this.#limit;
    // Other pieces the second time, so that they overlap with what arrived of the first.
    const piece_bytes = again ? Math.ceil(this.#options.mss_bytes * 0.7) : this.#options.mss_bytes;
    while (at < this.#total && at < limit) {
      const payload = this.#outgoing.subarray(at, Math.min(at + piece_bytes, this.#outgoing.length, limit));
      const isEnd = this.#isEnding && at + payload.length === this.#outgoing.length && at + payload.length < limit;
      this.#sent = Math.max(this.#sent, at + payload.length + (isEnd ? 1 : 0));
      this.#transmit(isEnd ? 'FA' : 'A', at + 1, payload);
      at += payload.length + (isEnd ? 1 : 0);
    }
  }

  #retry(): void {
    this.#options.clock.setTimer(RETRY_MS, () => {
      if (this.state === 'reset') return;
      if (this.state === 'asking') this.#transmit('S', 0, Buffer.alloc(0));
      else this.#pump(true);
      this.#retry();
    });
  }

  #acknowledge(): void {
    this.#transmit('A', this.#sent + 1, Buffer.alloc(0));
  }

  #transmit(flags: string, at: number, payload: Buffer): void {
    const { address, server, port, serverPort, initialSequence, mss_bytes, windowScale, capacity_bytes } =
      this.#options;
    const isSyn = flags.includes('S');
    const room_bytes = capacity_bytes - this.#unread.length;
    const window = Math.min(0xffff, isSyn ? room_bytes : Math.floor(room_bytes / 2 ** (windowScale ?? 0)));
    const options = [2, 4, mss_bytes >> 8, mss_bytes & 255, ...(windowScale === null ? [] : [3, 3, windowScale])];
    const segment: PlainSegment = {
      sourcePort: port,
      destinationPort: serverPort,
      sequence: (initialSequence + at) % TWO_32,
      acknowledgment: flags.includes('A') ? (this.#serverStart + 1 + this.#received) % TWO_32 : 0,
      flags,
      window,
      options: isSyn ? options : [],
      payload,
    };
    this.#options.send(encodePlain(segment, [address, server]));
  }
}
