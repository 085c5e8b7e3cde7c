import { bitsIn, countBits } from './bitmap.js';
import { BITMAP_BYTES, DATA_HEADER_BYTES, TAG_BYTES } from './message.js';

/** A window of the image on its way: its sealed datagrams, kept until every receiver has them all. */
export class SentWindow {
  readonly number: number;
  readonly datagrams: readonly Buffer[];
  /** The poll behind its last transmission: who answers this one or a later one tells what it lacks after it. */
  lastPoll = 0;
  /** Most blocks that one receiver lacked after the first transmission. */
  worstLoss_blocks = 0;
  /** The pace has learnt from it. */
  isJudged = false;
  #transmissions = 0;
  readonly #owed = new Uint8Array(BITMAP_BYTES);

  constructor(number: number, datagrams: readonly Buffer[]) {
    this.number = number;
    this.datagrams = datagrams;
  }

  get image_bytes(): number {
    return this.datagrams.reduce((sum, { length }) => sum + length - DATA_HEADER_BYTES - TAG_BYTES, 0);
  }

  get owed_bytes(): number {
    return this.#owedDatagrams().reduce((sum, { length }) => sum + length, 0);
  }

  get isOwing(): boolean {
    return this.#owed.some((byte) => byte !== 0);
  }

  /** The whole window at first, then what anybody lacks; nothing is owed afterwards. */
  takeOwed(): readonly Buffer[] {
    const owed = this.#transmissions === 0 ? this.datagrams : this.#owedDatagrams();
    this.#transmissions += 1;
    this.#owed.fill(0);
    return owed;
  }

  forget(): void {
    this.#owed.fill(0);
  }

  /** @returns how many blocks that are, 0 where the receiver's word is older than our last transmission */
  note(lacks: Uint8Array, poll: number): number {
    if (poll < this.lastPoll) return 0;
    lacks.forEach((byte, index) => (this.#owed[index] = (this.#owed[index] ?? 0) | byte));
    const count = Math.min(countBits(lacks), this.datagrams.length);
    if (this.#transmissions === 1) this.worstLoss_blocks = Math.max(this.worstLoss_blocks, count);
    return count;
  }

  #owedDatagrams(): readonly Buffer[] {
    return bitsIn(this.#owed).flatMap((block) => this.datagrams[block] ?? []);
  }
}
