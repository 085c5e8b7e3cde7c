import { assert } from '../../../core/unreachable.js';
import type { Entry } from '../../../core/journal/entry.js';
import { subjectOfEntry, type Subject } from './subject.js';

/** The entries of a journal as far as they have come, with those of each node and image at hand. */
export class EntryLog {
  readonly #entries: Entry[] = [];
  readonly #places = new Map<Subject, number[]>();
  /** Numbers of the entries that tell of a fault, and of those with which a boot comes into a stage. */
  readonly #faults: number[] = [];
  readonly #stages: number[] = [];

  get length(): number {
    return this.#entries.length;
  }

  /** Entries are numbered from 1 without a gap. @returns undefined beyond the end */
  at(seq: number): Entry | undefined {
    return this.#entries[seq - 1];
  }

  /** When the last one happened; 0 of an empty log. */
  get endsAt(): number {
    return this.#entries.at(-1)?.at ?? 0;
  }

  /** Numbers of entries that tell of a fault. */
  get faults(): readonly number[] {
    return this.#faults;
  }

  get stages(): readonly number[] {
    return this.#stages;
  }

  /** Numbers of a node's or an image's own entries. */
  of(subject: Subject): readonly number[] {
    return this.#places.get(subject) ?? [];
  }

  add(entry: Entry): void {
    assert(entry.seq === this.#entries.length + 1, `entry ${this.#entries.length + 1} comes before ${entry.seq}`);
    this.#entries.push(entry);
    const subject = subjectOfEntry(entry);
    const places = this.#places.get(subject);
    if (places === undefined) this.#places.set(subject, [entry.seq]);
    else places.push(entry.seq);
    if (isOfFault(entry)) this.#faults.push(entry.seq);
    if (entry.entry === 'entered' && entry.machine.startsWith('boot:')) this.#stages.push(entry.seq);
  }

  /** The last entry that happened by then. */
  seqAt(at_ms: number): number {
    return placeAbove(this.#entries.length, (place) => (this.#entries[place]?.at ?? 0) > at_ms);
  }
}

function isOfFault(entry: Entry): boolean {
  if (entry.entry === 'fault' || entry.entry === 'effect.failed') return true;
  return entry.entry === 'entered' && /^failed$|Failed$|^degraded$|^refused$/.test(entry.state);
}

/** The least place for which it holds, where it holds for all above as well; `length` where for none. */
export function placeAbove(length: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first of ascending numbers that is above `than`, and the last that is below; undefined where there is none. */
export function nextAbove(numbers: readonly number[], than: number): number | undefined {
  return numbers[placeAbove(numbers.length, (place) => (numbers[place] ?? 0) > than)];
}

export function lastBelow(numbers: readonly number[], than: number): number | undefined {
  return numbers[placeAbove(numbers.length, (place) => (numbers[place] ?? 0) >= than) - 1];
}

/** Of ascending numbers those that are no higher than `most`: how many they are. */
export function countUpTo(numbers: readonly number[], most: number): number {
  return placeAbove(numbers.length, (place) => (numbers[place] ?? 0) > most);
}
