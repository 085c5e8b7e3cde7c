/** A service that so many may use at once; the others wait their turn, first come, first served. */
export class Slots {
  #free: number;
  #queue: (() => void)[] = [];
  #head = 0;

  constructor(count: number) {
    this.#free = count;
  }

  /** Calls `use` as soon as there is a slot, be it at once. */
  take(use: () => void): void {
    if (this.#free > 0) {
      this.#free -= 1;
      use();
    } else {
      this.#queue.push(use);
    }
  }

  /** Gives a slot back: the longest waiting takes it. */
  give(): void {
    const next = this.#queue[this.#head];
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#head += 1;
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    next();
  }
}
