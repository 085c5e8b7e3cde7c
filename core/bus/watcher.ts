/** Entries of a journal with consecutive numbers from `first`. */
export interface Span<T> {
  readonly first: number;
  readonly entries: readonly T[];
}

/** Entries that a watcher lacks and knows to be there, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** How many entries beyond a gap are kept while it is fetched; what does not fit is fetched as well. */
const HELD_MOST = 4_096;

/**
 * The watching end: puts published spans in order, leaves out what came twice and says what has to be fetched. What is
 * published may be lost, late, doubled or out of order. It knows no wire and no timer.
 */
export class Watcher<T> {
  #next: number;
  /** The newest entry that is known of. */
  #known: number;
  /** In the order of their numbers; all of them beyond `#next`. */
  #held: Span<T>[] = [];

  /** @param from number of the first entry that is wanted */
  constructor(from: number) {
    this.#next = from;
    this.#known = from - 1;
  }

  /** Number of the entry that is to be delivered next. */
  get next(): number {
    return this.#next;
  }

  /** Somebody says that the journal is so long. */
  reaches(last: number): void {
    this.#known = Math.max(this.#known, last);
  }

  /** @returns what can be delivered now, in order, each entry once */
  take(span: Span<T>): Span<T> | null {
    this.reaches(endOf(span));
    if (span.first > this.#next) {
      this.#hold(span);
      return null;
    }
    const first = this.#next;
    const entries: T[] = [];
    this.#append(span, entries);
    for (let held = this.#held[0]; held !== undefined && held.first <= this.#next; held = this.#held[0]) {
      this.#held.shift();
      this.#append(held, entries);
    }
    return entries.length === 0 ? null : { first, entries };
  }

  /** What has to be fetched before anything more can be delivered; null when nothing lacks. */
  gap(): Gap | null {
    if (this.#known < this.#next) return null;
    const [held] = this.#held;
    return { from: this.#next, to: held === undefined ? this.#known : held.first - 1 };
  }

  #append({ first, entries }: Span<T>, into: T[]): void {
    const fresh = entries.slice(Math.max(0, this.#next - first));
    for (const entry of fresh) into.push(entry);
    this.#next += fresh.length;
  }

  #hold(span: Span<T>): void {
    const kept = this.#held.reduce((sum, { entries }) => sum + entries.length, 0);
    if (kept + span.entries.length > HELD_MOST) return;
    this.#held.push(span);
    this.#held.sort((a, b) => a.first - b.first);
  }
}

function endOf({ first, entries }: Span<unknown>): number {
  return first + entries.length - 1;
}
