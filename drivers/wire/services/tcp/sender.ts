import type { Clock } from '../../../../core/clock.js';
import { Congestion } from './congestion.js';
import { RoundTrip } from './round-trip.js';
import { SendQueue } from './send-queue.js';
import { FIN, PSH } from './segment.js';
import { advance, distance } from './sequence.js';
import type { Payload, Transmitter } from './transmitter.js';

/** `write` says stop from here on; a drain comes at half of it. */
const MARK_BYTES = 512 * 1024;
/**
 * Segments that leave on one event. A guest's receive ring holds some 256 frames and what overflows it is lost, so a
 * large write leaves in steps, clocked by the guest's acknowledgments.
 */
const MOST_BURST = 64;

/** What an arriving acknowledgment says, the window scaled. Mutable, as one is used again for every segment. */
export interface Acknowledgment {
  acknowledgment: number;
  sequence: number;
  window_bytes: number;
  /** Neither data nor FIN: only then may it be a duplicate (RFC 5681, section 2). */
  isBare: boolean;
}

/** The send side: what is under way, what may go, and what must go again. */
export class Sender {
  readonly queue = new SendQueue();
  readonly roundTrip = new RoundTrip();
  readonly mss_bytes: number;
  /** SND.UNA. */
  unacknowledged: number;
  /** SND.NXT; goes back to SND.UNA on a timeout. */
  next: number;
  /** One beyond the highest sequence number ever sent. */
  highest: number;
  isCorked = false;
  /** Timeouts in a row in which nothing was heard that helps. */
  timeouts = 0;
  #hasProgressed = false;
  #owesDrain = false;
  /** SND.WND, and the largest that there was. */
  #window_bytes = 0;
  #largestWindow_bytes = 0;
  /** SND.WL1 and SND.WL2. */
  #updateSequence = 0;
  #updateAcknowledgment = 0;
  /** The sequence number of our FIN, once the application has ended. */
  #finAt: number | null = null;
  /** The congestion window, and nothing else, held the last flush back. */
  #isLimited = false;
  #sentAt = 0;
  /** One segment is timed: where it ends, and when it went; negative when none is. */
  #timedEnd = 0;
  #timedAt = -1;
  readonly #congestion: Congestion;
  readonly #clock: Clock;
  readonly #transmitter: Transmitter;
  readonly #payload: Payload = { queue: this.queue, offset: 0, length: 0 };

  /** Our SYN, with `initialSequence`, is sent and not acknowledged. */
  constructor(start: { initialSequence: number; mss_bytes: number; clock: Clock; transmitter: Transmitter }) {
    this.mss_bytes = start.mss_bytes;
    this.unacknowledged = start.initialSequence;
    this.next = advance(start.initialSequence, 1);
    this.highest = this.next;
    this.#clock = start.clock;
    this.#transmitter = start.transmitter;
    this.#congestion = new Congestion(start.mss_bytes, start.initialSequence);
  }

  /** Our SYN was acknowledged. `took_ms` is null when it was sent more than once. */
  established(news: Acknowledgment, took_ms: number | null): void {
    this.unacknowledged = news.acknowledgment;
    this.timeouts = 0;
    this.#hasProgressed = true;
    if (took_ms !== null) this.roundTrip.measured(took_ms);
    this.#setWindow(news);
  }

  /** @returns false when the application should wait for a drain */
  write(bytes: Buffer): boolean {
    this.queue.push(bytes);
    if (this.queue.size_bytes < MARK_BYTES) return true;
    this.#owesDrain = true;
    return false;
  }

  /** A `write` said stop, and there is room again. Says so once. */
  takeDrain(): boolean {
    if (!this.#owesDrain || this.queue.size_bytes > MARK_BYTES / 2) return false;
    this.#owesDrain = false;
    return true;
  }

  /** Something was acknowledged, so that the timer starts anew (RFC 6298, section 5.3). Says so once. */
  takeProgress(): boolean {
    const hasProgressed = this.#hasProgressed;
    this.#hasProgressed = false;
    return hasProgressed;
  }

  /** Our FIN goes after what is queued. */
  end(): void {
    this.#finAt ??= advance(this.unacknowledged, this.queue.size_bytes);
  }

  get isEnding(): boolean {
    return this.#finAt !== null;
  }

  /** Our FIN is acknowledged, and so is everything before it. */
  get isFinished(): boolean {
    return this.#finAt !== null && distance(this.#finAt, this.unacknowledged) > 0;
  }

  get flight_bytes(): number {
    return distance(this.unacknowledged, this.next);
  }

  /** Something waits for the peer's window alone: it must be probed, as the update may be lost. */
  get isBlocked(): boolean {
    return this.flight_bytes === 0 && !this.isFinished && (this.queue.size_bytes > 0 || this.isEnding);
  }

  /** Takes an acknowledgment that is not beyond `highest`. */
  acknowledged(news: Acknowledgment): void {
    const acked = distance(this.unacknowledged, news.acknowledgment);
    if (acked < 0) return;
    if (acked > 0) this.#advance(news.acknowledgment, acked);
    else if (this.#isDuplicate(news)) {
      const sent = { flight_bytes: this.flight_bytes, highest: this.highest };
      if (this.#congestion.duplicate(news.acknowledgment, sent) === 'retransmit') this.#resend();
    }
    // An answered probe of a shut window: the peer lives, however long it takes.
    if (this.#window_bytes === 0) this.timeouts = 0;
    const order = distance(this.#updateSequence, news.sequence);
    if (order > 0 || (order === 0 && distance(this.#updateAcknowledgment, news.acknowledgment) >= 0))
      this.#setWindow(news);
  }

  #advance(acknowledgment: number, acked: number): void {
    this.queue.drop(Math.min(acked, this.queue.size_bytes));
    this.unacknowledged = acknowledgment;
    if (distance(this.next, acknowledgment) > 0) this.next = acknowledgment;
    this.timeouts = 0;
    this.#hasProgressed = true;
    if (this.#timedAt >= 0 && distance(this.#timedEnd, acknowledgment) >= 0) {
      this.roundTrip.measured(this.#clock.now() - this.#timedAt);
      this.#timedAt = -1;
    }
    const news = { acked_bytes: acked, flight_bytes: this.flight_bytes, limited: this.#isLimited };
    if (this.#congestion.acknowledged(acknowledgment, news) === 'retransmit') this.#resend();
  }

  /** RFC 5681, section 2. */
  #isDuplicate(news: Acknowledgment): boolean {
    return news.isBare && this.flight_bytes > 0 && news.window_bytes === this.#window_bytes;
  }

  #setWindow(news: Acknowledgment): void {
    if (this.#window_bytes === 0 && news.window_bytes > 0) this.roundTrip.forgive();
    this.#window_bytes = news.window_bytes;
    this.#largestWindow_bytes = Math.max(this.#largestWindow_bytes, news.window_bytes);
    this.#updateSequence = news.sequence;
    this.#updateAcknowledgment = news.acknowledgment;
  }

  /** Sends what may go. */
  flush(): void {
    let length = this.#nextLength();
    if (length < 0) return;
    const now = this.#clock.now();
    if (this.flight_bytes === 0 && now - this.#sentAt > this.roundTrip.rto_ms) this.#congestion.idled();
    for (let sent = 0; length >= 0 && sent < MOST_BURST; sent += 1) {
      if (this.#timedAt < 0 && this.next === this.highest) {
        this.#timedAt = now;
        this.#timedEnd = advance(this.next, length);
      }
      this.#send(this.next, length);
      length = this.#nextLength();
    }
    this.#sentAt = now;
  }

  /** @returns how long the next new segment is, 0 for a bare FIN; -1 when nothing may go now */
  #nextLength(): number {
    const offset = this.flight_bytes;
    const unsent_bytes = this.queue.size_bytes - offset;
    this.#isLimited = false;
    if (unsent_bytes <= 0) return this.#finAt === this.next && this.#window_bytes > offset ? 0 : -1;
    const allowed_bytes = this.#congestion.window_bytes + this.#congestion.allowance_bytes;
    const length = Math.floor(
      Math.min(unsent_bytes, this.mss_bytes, Math.min(this.#window_bytes, allowed_bytes) - offset),
    );
    if (length === this.mss_bytes) return length;
    if (length === unsent_bytes) return this.isCorked ? -1 : length;
    this.#isLimited = allowed_bytes < this.#window_bytes;
    // Small pieces of a small window only when it is never larger (RFC 9293, section 3.8.6.2.1).
    return length > 0 && length >= this.#largestWindow_bytes / 2 ? length : -1;
  }

  /** The timer fired: go back to the first byte not acknowledged, send it, and wait twice as long. */
  timedOut(): void {
    this.timeouts += 1;
    this.roundTrip.backOff();
    if (this.flight_bytes > 0) {
      const sent = { flight_bytes: this.flight_bytes, highest: this.highest };
      this.#congestion.timedOut(sent, this.timeouts > 1);
      this.next = this.unacknowledged;
    }
    this.#resend();
  }

  /** Sends the first segment again; into a shut window a probe of one byte, not under way until it is taken. */
  #resend(): void {
    this.#timedAt = -1;
    this.#sentAt = this.#clock.now();
    const next = this.next;
    const room_bytes = Math.max(1, this.#window_bytes);
    this.#send(this.unacknowledged, Math.min(this.mss_bytes, this.queue.size_bytes, room_bytes));
    if (this.#window_bytes === 0) this.next = next;
  }

  #send(sequence: number, length: number): void {
    const fin = this.#finAt !== null && distance(sequence, this.#finAt) === length ? FIN : 0;
    const end = advance(sequence, length + fin);
    const offset = distance(this.unacknowledged, sequence);
    const isLast = offset + length === this.queue.size_bytes;
    if (distance(this.next, end) > 0) this.next = end;
    if (distance(this.highest, end) > 0) this.highest = end;
    this.#payload.offset = offset;
    this.#payload.length = length;
    this.#transmitter.data(sequence, isLast ? PSH | fin : fin, this.#payload);
  }
}
