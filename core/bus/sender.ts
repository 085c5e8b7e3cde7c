import type { Fault } from '../faults/fault.js';
import type { Letter } from './letter.js';

export interface SenderConfig {
  /** Names this numbering, and nothing else ever: of whoever sends, and of this life of it. */
  readonly stream: string;
  /** How many letters may be under way without an acknowledgement. */
  readonly window: number;
  /** Without progress for so long, all from the first unacknowledged one is sent again. */
  readonly resendAfter_ms: number;
}

/** Letters with consecutive numbers from `first`. */
export interface Batch {
  readonly first: number;
  readonly letters: readonly Letter[];
}

/** Everything up to `upTo` is written down at the receiver; those that it refused, by number. */
export interface Ack {
  readonly upTo: number;
  readonly refused: readonly { readonly seq: number; readonly fault: Fault }[];
}

/** A letter that was acknowledged. */
export interface Settled {
  readonly seq: number;
  readonly fault: Fault | null;
}

/** How many acknowledged letters may lie at the head of the outbox before it is moved up. */
const SLACK = 1_024;
/** How often a receiver may deny in a row what it had acknowledged. */
const FORGOTTEN_AFTER = 3;

/**
 * The sending end of a stream: numbers letters, keeps them until they are acknowledged, sends again what is not. It
 * knows no wire and no timer: told what came and what time it is, it says what to send.
 */
export class Sender {
  readonly #config: SenderConfig;
  /** Letters from number `#acked - #head + 1` on; the first `#head` of them are acknowledged. */
  #outbox: Letter[];
  #head = 0;
  #acked: number;
  #sent: number;
  #progressAt = 0;
  /** How often all was sent again since the last progress. */
  #rewinds = 0;

  /**
   * @param kept   what an earlier life left unacknowledged, where the sender's numbers survive it: all of it is sent
   *               again, and the receiver leaves out what it has
   * @param acked  how many letters came before those
   */
  constructor(config: SenderConfig, kept: readonly Letter[] = [], acked = 0) {
    this.#config = config;
    this.#outbox = [...kept];
    this.#acked = acked;
    this.#sent = acked;
  }

  get stream(): string {
    return this.#config.stream;
  }

  /** Everything up to here is acknowledged. */
  get acked(): number {
    return this.#acked;
  }

  /** How many letters are not acknowledged yet. */
  get open(): number {
    return this.#outbox.length - this.#head;
  }

  /** @returns the letter's number */
  offer(letter: Letter): number {
    this.#outbox.push(letter);
    return this.#acked + this.open;
  }

  /** What is to be sent now, at most `most` letters; null when there is nothing, or the window is full. */
  next(most: number, now: number): Batch | null {
    const last = Math.min(this.#acked + this.open, this.#acked + this.#config.window, this.#sent + most);
    if (last <= this.#sent) return null;
    if (this.#sent === this.#acked) this.#progressAt = now;
    const first = this.#sent + 1;
    const start = this.#head + this.#sent - this.#acked;
    this.#sent = last;
    return { first, letters: this.#outbox.slice(start, start + last - first + 1) };
  }

  /**
   * @returns the letters that this settles, in order: none for an acknowledgement that is repeated or came late; a
   *   fault where the receiver knows fewer than it had acknowledged
   */
  take({ upTo, refused }: Ack, now: number): readonly Settled[] | Fault {
    if (upTo < this.#acked) {
      // An acknowledgement may come late, but not again and again while nothing else does.
      if (this.#rewinds < FORGOTTEN_AFTER) return [];
      const { stream } = this.#config;
      return { code: 'BUS-011', kind: 'stream.forgotten', stream, acked: this.#acked, known: upTo };
    }
    const last = Math.min(upTo, this.#acked + this.open);
    const settled: Settled[] = [];
    const faults = new Map(refused.map(({ seq, fault }) => [seq, fault]));
    for (let seq = this.#acked + 1; seq <= last; seq += 1) settled.push({ seq, fault: faults.get(seq) ?? null });
    if (settled.length === 0) return settled;
    this.#head += settled.length;
    this.#acked = last;
    this.#sent = Math.max(this.#sent, last);
    this.#progressAt = now;
    this.#rewinds = 0;
    this.#moveUp();
    return settled;
  }

  /** When something is to be sent again unless there is progress until then; null: nothing is under way. */
  resendAt(): number | null {
    return this.#sent > this.#acked ? this.#progressAt + this.#config.resendAfter_ms : null;
  }

  /** Sends again if it is time. @returns whether it is */
  rewind(now: number): boolean {
    const due = this.resendAt();
    if (due === null || now < due) return false;
    this.#sent = this.#acked;
    this.#progressAt = now;
    this.#rewinds += 1;
    return true;
  }

  #moveUp(): void {
    if (this.#head < SLACK && this.#head < this.#outbox.length) return;
    this.#outbox = this.#outbox.slice(this.#head);
    this.#head = 0;
  }
}
