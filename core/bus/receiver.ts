import type { Fault } from '../faults/fault.js';
import type { Receipt } from './letter.js';
import type { Ack } from './sender.js';

interface Known {
  last: number;
  /** Of the newest `REFUSALS_KEPT` only: older ones were acknowledged long ago. */
  refused: { readonly seq: number; readonly fault: Fault }[];
}

/** At least a sender's window: every refusal that may not have been heard of. */
const REFUSALS_KEPT = 4_096;
/** How many are told in one acknowledgement; those behind them are told in the next. */
const REFUSALS_TOLD = 256;

/**
 * The receiving end of all streams: tells a letter that is new from one that came before, or that came too early
 * because one before it was lost. It is as durable as the receipts that it is made from.
 */
export class Receiver {
  readonly #streams = new Map<string, Known>();

  constructor(receipts: Iterable<Receipt> = []) {
    for (const receipt of receipts) this.accept(receipt);
  }

  /**
   * Of letters with the numbers `first` to `first + count - 1` those that are new: how many of them to leave out at the
   * front. All of them, where they came before or a letter before them is missing.
   */
  known(stream: string, first: number, count: number): number {
    const last = this.#streams.get(stream)?.last ?? 0;
    return first > last + 1 ? count : Math.min(count, last + 1 - first);
  }

  /** Counts a letter that was written down. */
  accept({ stream, seq, fault }: Receipt): void {
    const known = this.#streams.get(stream) ?? { last: 0, refused: [] };
    if (seq !== known.last + 1) return;
    this.#streams.set(stream, known);
    known.last = seq;
    if (fault === null) return;
    known.refused.push({ seq, fault });
    if (known.refused.length > 2 * REFUSALS_KEPT) known.refused = known.refused.slice(-REFUSALS_KEPT);
  }

  /**
   * What to acknowledge.
   * @param after the sender has heard of everything up to here
   */
  ack(stream: string, after: number): Ack {
    const known = this.#streams.get(stream) ?? { last: 0, refused: [] };
    const unheard = known.refused.filter(({ seq }) => seq > after);
    const beyond = unheard[REFUSALS_TOLD];
    return { upTo: beyond === undefined ? known.last : beyond.seq - 1, refused: unheard.slice(0, REFUSALS_TOLD) };
  }
}
