import { typical_ms } from '../../../sim/stages/times.js';
import type { Machine } from './machine.js';

/** How long a state usually lasts, and how that is known. */
export interface Usual {
  readonly ms: number;
  /** How many times it was measured in this very journal; 0: as emulated nodes were measured to take. */
  readonly count: number;
}

/** Fewer say little. */
const LEAST = 3;
/** Enough for a median, and little to sort. */
const MOST = 63;

/** How long states have lasted that were left for a good one. */
export class UsualTimes {
  #spans = new Map<string, readonly number[]>();
  readonly #medians = new Map<string, Usual>();

  take({ kind, standing, since }: Machine, leftAt: number): void {
    const name = `${kind} ${standing.state}`;
    const before = this.#spans.get(name) ?? [];
    this.#spans.set(name, [...before.slice(before.length < MOST ? 0 : 1), leftAt - since]);
    this.#medians.delete(name);
  }

  /** @returns null where nobody can tell */
  of(kind: string, state: string): Usual | null {
    const name = `${kind} ${state}`;
    const known = this.#medians.get(name);
    if (known !== undefined) return known;
    const spans = this.#spans.get(name) ?? [];
    const usual = spans.length < LEAST ? emulated(kind, state) : { ms: median(spans), count: spans.length };
    if (usual !== null) this.#medians.set(name, usual);
    return usual;
  }

  copy(): UsualTimes {
    const copy = new UsualTimes();
    copy.#spans = new Map(this.#spans);
    return copy;
  }
}

function emulated(kind: string, state: string): Usual | null {
  const ms = kind === 'boot' ? typical_ms(state) : null;
  return ms === null ? null : { ms, count: 0 };
}

function median(spans: readonly number[]): number {
  const sorted = [...spans].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
