import type { Clock, Timer } from '../core/clock.js';

class Pending implements Timer {
  readonly dueAt: number;
  readonly order: number;
  fire: (() => void) | null;

  constructor(dueAt: number, order: number, fire: () => void) {
    this.dueAt = dueAt;
    this.order = order;
    this.fire = fire;
  }

  cancel(): void {
    this.fire = null;
  }
}

/** Rebuild the heap without its cancelled timers when it holds more than this and mostly those. */
const SWEEP_AT = 4_096;

/**
 * A discrete-event clock: time stands still while something runs and jumps to the next timer after. A binary heap in
 * the order (due, set), so that a run has one order of events only.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #heap: Pending[] = [];
  #sinceSweep = 0;

  now(): number {
    return this.#now;
  }

  setTimer(delay_ms: number, fire: () => void): Timer {
    this.#order += 1;
    const timer = new Pending(this.#now + Math.max(0, delay_ms), this.#order, fire);
    this.#rise(timer, this.#heap.length);
    this.#sinceSweep += 1;
    if (this.#sinceSweep > SWEEP_AT && this.#sinceSweep > this.#heap.length) this.#sweep();
    return timer;
  }

  /** Fires the next timer that is due by `until`. @returns false when there is none */
  step(until = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const [next] = this.#heap;
      if (next === undefined || next.dueAt > until) return false;
      this.#takeFirst();
      const { fire } = next;
      if (fire === null) continue;
      next.fire = null;
      this.#now = next.dueAt;
      fire();
      return true;
    }
  }

  /** Fires all timers that are due by `until`, and ends at `until` where that is finite. */
  run(until = Number.POSITIVE_INFINITY): void {
    while (this.step(until));
    if (Number.isFinite(until)) this.#now = Math.max(this.#now, until);
  }

  #takeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  #rise(timer: Pending, from: number): void {
    const heap = this.#heap;
    let hole = from;
    heap.push(timer);
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, timer)) break;
      heap[hole] = parent;
      hole = up;
    }
    heap[hole] = timer;
  }

  #sink(timer: Pending): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && isBefore(other, child)) {
        below += 1;
        child = other;
      }
      if (isBefore(timer, child)) break;
      heap[hole] = child;
      hole = below;
    }
    heap[hole] = timer;
  }

  #sweep(): void {
    this.#sinceSweep = 0;
    // A sorted array is a heap.
    this.#heap = this.#heap.filter(({ fire }) => fire !== null).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
