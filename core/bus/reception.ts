import type { BusCounts, Inbox } from './bus.js';
import { encode, isFault, jsonOf, type FrameOf, type Parts } from './frame.js';
import { parseLetter, type Arrival } from './letter.js';
import { Receiver } from './receiver.js';
import type { Role } from './role.js';

interface Due {
  readonly heard: number;
  readonly send: (parts: Parts) => void;
}

/** Takes letters off a wire: leaves out what came before, has the rest written down, and only then acknowledges. */
export class Reception {
  readonly #inbox: Inbox;
  readonly #receiver: Receiver;
  /** Whom to acknowledge to once the disk has it, by stream. */
  #due = new Map<string, Due>();
  #settling: Promise<void> | null = null;
  readonly counts: { -readonly [K in keyof BusCounts]: number } = { bad: 0, refused: 0, repeated: 0 };

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
    this.#receiver = new Receiver(inbox.receipts());
  }

  /** @param reply goes to whoever sent this */
  letters(head: FrameOf<'letters'>, lines: readonly string[], from: { readonly role: Role } & Pick<Due, 'send'>): void {
    const { stream, first, heard } = head;
    const skip = this.#receiver.known(stream, first, lines.length);
    this.counts.repeated += skip;
    const arrivals = lines.slice(skip).map((line, index): Arrival => {
      const said = parseLetter(jsonOf(line), from.role);
      const seq = first + skip + index;
      return isFault(said) ? { stream, seq, fault: said, said: null } : { stream, seq, fault: null, said };
    });
    this.#write(arrivals);
    this.#due.set(stream, { heard, send: from.send });
    this.#settling ??= this.#settle();
  }

  /** Comes when nobody waits for an acknowledgement; a disk that never settles lets it wait for ever. */
  async idle(): Promise<void> {
    await this.#settling;
  }

  #write(arrivals: readonly Arrival[]): void {
    if (arrivals.length === 0) return;
    const verdicts = this.#inbox.take(arrivals);
    for (const [index, fault] of verdicts.entries()) {
      const arrival = arrivals[index];
      if (arrival === undefined) break;
      if (fault !== null) this.counts.refused += 1;
      this.#receiver.accept({ stream: arrival.stream, seq: arrival.seq, fault });
    }
  }

  /** While the disk is waited for, more may come: it is waited for once for all of that. */
  async #settle(): Promise<void> {
    while (this.#due.size > 0) {
      const due = this.#due;
      this.#due = new Map();
      // What came before this is acknowledged, not what comes while the disk is waited for.
      const acks = [...due].map(([stream, { heard, send }]) => ({
        stream,
        send,
        ack: this.#receiver.ack(stream, heard),
      }));
      if (!(await this.#inbox.settled())) continue;
      for (const { stream, send, ack } of acks)
        send(encode({ kind: 'ack', stream, upTo: ack.upTo, refused: [...ack.refused] }));
    }
    this.#settling = null;
  }
}
