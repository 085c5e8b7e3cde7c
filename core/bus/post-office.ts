import { FaultError, type Fault } from '../faults/fault.js';
import type { Clock, Timer } from '../clock.js';
import type { Outbox, Post } from './bus.js';
import { encode, isFault, type Parts } from './frame.js';
import { Sender, type Ack } from './sender.js';
import type { Payload, Topic } from './topics.js';

/** Letters in one message: a message's own cost is spread over them, and the receiver's disk is waited for once. */
const BATCH = 128;
/** At most what a receiver keeps of refusals (`receiver.ts`). */
const WINDOW = 4_096;
/** Above what a disk that is busy takes to write. */
const RESEND_AFTER_MS = 250;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: FaultError) => void;
}

/** A sender with its timer and its promises, in front of any wire. */
export class PostOffice implements Post {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #send: (parts: Parts) => void;
  readonly #waiting = new Map<number, Waiting>();
  #timer: Timer | null = null;
  #isFlushDue = false;
  #ended: Fault | null = null;

  /** @param send puts a message on the wire; it may be lost there */
  constructor(outbox: Outbox, clock: Clock, send: (parts: Parts) => void) {
    const { stream, kept, acked } = outbox;
    this.#sender = new Sender({ stream, window: WINDOW, resendAfter_ms: RESEND_AFTER_MS }, kept, acked);
    this.#clock = clock;
    this.#send = send;
    if (kept.length > 0) this.#flushSoon();
  }

  get stream(): string {
    return this.#sender.stream;
  }

  send<T extends Topic>(topic: T, payload: Payload<T>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(new FaultError(this.#ended));
        return;
      }
      this.#waiting.set(this.#sender.offer({ topic, payload }), { resolve, reject });
      this.#flushSoon();
    });
  }

  acked(ack: Ack): void {
    const settled = this.#sender.take(ack, this.#clock.now());
    if (isFault(settled)) {
      this.end(settled);
      return;
    }
    for (const { seq, fault } of settled) {
      const waiting = this.#waiting.get(seq);
      this.#waiting.delete(seq);
      if (fault === null) waiting?.resolve();
      else waiting?.reject(new FaultError(fault));
    }
    if (settled.length > 0) this.#flush();
  }

  /** Nothing is sent any more; whoever waits is told why. */
  end(fault: Fault): void {
    this.#ended ??= fault;
    this.#timer?.cancel();
    this.#timer = null;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of left) reject(new FaultError(this.#ended));
  }

  /** All that is said in one go travels together. */
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void Promise.resolve().then(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#ended !== null) return;
    const now = this.#clock.now();
    const { stream } = this;
    for (let batch = this.#sender.next(BATCH, now); batch !== null; batch = this.#sender.next(BATCH, now)) {
      const { first, letters } = batch;
      const lines = letters.map((letter) => JSON.stringify(letter));
      this.#send(encode({ kind: 'letters', stream, first, heard: this.#sender.acked }, lines));
    }
    this.#arm();
  }

  #arm(): void {
    const due = this.#sender.resendAt();
    if (due === null) {
      this.#timer?.cancel();
      this.#timer = null;
    } else if (this.#timer === null) {
      this.#timer = this.#clock.setTimer(due - this.#clock.now(), () => {
        this.#timer = null;
        this.#sender.rewind(this.#clock.now());
        this.#flush();
      });
    }
  }
}
