import type { Clock, Timer } from '../../../../core/clock.js';

interface Entry {
  readonly at: number;
  readonly order: number;
  fire: (() => void) | null;
}

/** Time that moves only when told: timers fire in order of their instants, ties in the order they were set. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Entry[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(delay_ms: number, fire: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delay_ms), order: this.#order, fire };
    this.#order += 1;
    this.#push(entry);
    return { cancel: () => void (entry.fire = null) };
  }

  /** Runs everything up to `until`, or up to the instant at which `isDone` holds. */
  run(until: number, isDone: () => boolean = () => false): void {
    while (!isDone()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until);
        return;
      }
      this.#pop();
      this.#now = next.at;
      next.fire?.();
    }
  }

  #push(entry: Entry): void {
    let at = this.#heap.length;
    this.#heap.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt];
      if (parent === undefined || isBefore(parent, entry)) break;
      this.#heap[at] = parent;
      at = parentAt;
    }
    this.#heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || isBefore(last, child)) break;
      this.#heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    this.#heap[at] = last;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
