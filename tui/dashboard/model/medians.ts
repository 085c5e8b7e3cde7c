/** How long something usually lasts, and how that is known. */
export interface Usual {
  readonly ms: number;
  /** How many times it was measured in this very journal; 0: as emulated nodes were measured to take. */
  readonly count: number;
}

/** Fewer say little. */
const LEAST = 3;
/** Enough for a median, and little to sort. */
const MOST = 63;

/** Medians of the latest spans, by name. */
export class Medians {
  #spans = new Map<string, readonly number[]>();
  readonly #known = new Map<string, Usual>();

  take(name: string, span_ms: number): void {
    const before = this.#spans.get(name) ?? [];
    this.#spans.set(name, [...before.slice(before.length < MOST ? 0 : 1), span_ms]);
    this.#known.delete(name);
  }

  /** @returns null while too few were measured */
  of(name: string): Usual | null {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const spans = this.#spans.get(name) ?? [];
    if (spans.length < LEAST) return null;
    const usual = { ms: median(spans), count: spans.length };
    this.#known.set(name, usual);
    return usual;
  }

  copy(): Medians {
    const copy = new Medians();
    copy.#spans = new Map(this.#spans);
    return copy;
  }
}

function median(spans: readonly number[]): number {
  const sorted = [...spans].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
