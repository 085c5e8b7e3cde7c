import type { Place } from './ui.js';

/** What is known of a list when somebody walks through it. */
export interface ListFacts {
  readonly count: number;
  /** Rows that are shown at once. */
  readonly height: number;
  /** Names the row, so that it is found again when rows come and go; null where only its place counts. */
  readonly keyAt: (index: number) => string | null;
  readonly indexOf: (key: string) => number;
}

/** The place as the list is now: the same row where it is still there, in sight. */
export function settled(place: Place, { count, height, keyAt, indexOf }: ListFacts): Place {
  const last = Math.max(0, count - 1);
  const found =
    place.key === null || place.isAtEnd ? -1 : keyAt(place.index) === place.key ? place.index : indexOf(place.key);
  const wanted = place.isAtEnd ? last : found === -1 ? place.index : found;
  const index = Math.max(0, Math.min(wanted, last));
  const highest = Math.max(0, count - height);
  const top = Math.max(0, Math.min(highest, Math.max(index - height + 1, Math.min(place.top, index))));
  return { index, key: keyAt(index), top, isAtEnd: place.isAtEnd };
}

/** Rows further down, or up where `by` is negative. Walked to its end, a list whose news come last stays there. */
export function moved(place: Place, by: number, facts: ListFacts): Place {
  const { index, top } = settled(place, facts);
  const to = Math.max(0, Math.min(index + by, facts.count - 1));
  const isAtEnd = to >= facts.count - 1 && (place.isAtEnd || by > 0) && facts.keyAt(0) === null;
  return settled({ index: to, key: null, top, isAtEnd }, facts);
}
