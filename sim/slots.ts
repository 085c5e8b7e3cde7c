/** Called when it is its turn. @returns false when it does not want it any more: then the next one's turn has come */
export type TakesTurn = () => boolean;

/** A service that so many may use at once; the others wait their turn, first come, first served. */
export class Slots {
  #free: number;
  #queue: TakesTurn[] = [];
  #head = 0;

  constructor(count: number) {
    this.#free = count;
  }

  /** Calls `use` as soon as there is a slot, be it at once. */
  take(use: TakesTurn): void {
    if (this.#free === 0) {
      this.#queue.push(use);
      return;
    }
    this.#free -= 1;
    if (!use()) this.#free += 1;
  }

  /** Gives a slot back: the longest waiting that still wants it takes it. */
  give(): void {
    for (;;) {
      const next = this.#queue[this.#head];
      if (next === undefined) break;
      this.#head += 1;
      if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      if (next()) return;
    }
    this.#free += 1;
  }
}
