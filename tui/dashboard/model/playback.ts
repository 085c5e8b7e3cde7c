import type { Entry } from '../../../core/journal/entry.js';
import { countUpTo, lastBelow, nextAbove, type EntryLog } from './entry-log.js';
import type { MachineBook } from './machine-book.js';
import { Model } from './model.js';

/** How the moment that is shown moves: with the run as it happens, by itself through the past, or not at all. */
export type Motion = 'live' | 'playing' | 'paused';

/** Times as fast as it happened. */
export const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;

/** Kept on the way, so that going back folds only what lies between; each is a copy of all that is known then. */
const CHECKPOINTS = 16;
const LEAST_BETWEEN = 2_000;

/** A moment in a journal that may still grow, the model as it was then, and how to go from one moment to another. */
export class Playback {
  readonly #log: EntryLog;
  readonly #book: MachineBook;
  /** Models by the number of entries that they have taken. */
  readonly #checkpoints = new Map<number, Model>();
  #model: Model;
  #motion: Motion;
  #speed: (typeof SPEEDS)[number] = 1;
  #now_ms = 0;

  constructor(log: EntryLog, book: MachineBook, motion: 'live' | 'paused') {
    this.#log = log;
    this.#book = book;
    this.#model = new Model(book);
    this.#motion = motion;
  }

  /** Of this moment. Never the same object after going back. */
  get model(): Model {
    return this.#model;
  }
  get motion(): Motion {
    return this.#motion;
  }
  get speed(): number {
    return this.#speed;
  }
  /** The instant that is shown: at the moment's last entry, or on the way to the next. */
  get now_ms(): number {
    return this.#now_ms;
  }

  /** More has come at the journal's end. `age_ms`: how long ago the last of it happened. */
  grow(entries: readonly Entry[], age_ms: number): void {
    for (const entry of entries) this.#log.add(entry);
    if (this.#motion === 'live') this.#goTo(this.#log.length, this.#log.endsAt + age_ms);
  }

  /** Time passes for the one who looks on. @returns whether anything is to be shown anew */
  pass(span_ms: number): boolean {
    if (this.#motion === 'paused') return false;
    const isOver = this.#model.verdict !== null;
    if (this.#motion === 'live') {
      if (isOver) return false;
      this.#now_ms += span_ms * this.#model.pace;
      return true;
    }
    const to_ms = Math.min(this.#now_ms + span_ms * this.#speed, this.#log.endsAt);
    this.#goTo(this.#log.seqAt(to_ms), to_ms);
    if (to_ms >= this.#log.endsAt) this.#motion = 'paused';
    return true;
  }

  /** Goes on playing, from the start where it stands at the end; or stops. */
  toggle(): void {
    if (this.#motion !== 'paused') {
      this.#motion = 'paused';
      return;
    }
    if (this.#model.seq >= this.#log.length) this.#goTo(0, 0);
    this.#motion = 'playing';
  }

  faster(by: 1 | -1): void {
    const place = SPEEDS.indexOf(this.#speed) + by;
    this.#speed = SPEEDS[Math.max(0, Math.min(place, SPEEDS.length - 1))] ?? 1;
  }

  setSpeed(speed: number): void {
    this.#speed = SPEEDS.findLast((one) => one <= speed) ?? 1;
  }

  /** To the moment after entry `seq`; what was moving stops. */
  seek(seq: number): void {
    const to = Math.max(0, Math.min(seq, this.#log.length));
    this.#motion = 'paused';
    this.#goTo(to, this.#log.at(to)?.at ?? 0);
  }

  seekTime(at_ms: number): void {
    const to_ms = Math.max(0, Math.min(at_ms, this.#log.endsAt));
    this.#motion = 'paused';
    this.#goTo(this.#log.seqAt(to_ms), to_ms);
  }

  step(by: number): void {
    this.seek(this.#model.seq + by);
  }

  /** To the next entry among `seqs`, or the one before. @returns false where there is none */
  jump(seqs: readonly number[], by: 1 | -1): boolean {
    const { seq } = this.#model;
    const to = by === 1 ? nextAbove(seqs, seq) : lastBelow(seqs, seq);
    if (to === undefined) return false;
    this.seek(to);
    return true;
  }

  /** To the end, and with it from then on where more is to come. */
  toEnd(mayGrow: boolean): void {
    this.seek(this.#log.length);
    if (mayGrow) this.#motion = 'live';
  }

  #goTo(seq: number, now_ms: number): void {
    if (seq < this.#model.seq) this.#model = this.#before(seq);
    // To copy a machine costs more than to fold an entry.
    const between = Math.max(LEAST_BETWEEN, this.#model.size, Math.ceil(this.#log.length / CHECKPOINTS));
    for (let next = this.#model.seq + 1; next <= seq; next += 1) {
      const entry = this.#log.at(next);
      if (entry === undefined) break;
      this.#model.take(entry);
      if (next % between === 0 && !this.#checkpoints.has(next)) this.#keep(next);
    }
    this.#now_ms = now_ms;
  }

  #keep(seq: number): void {
    if (this.#checkpoints.size >= 2 * CHECKPOINTS) {
      // A journal that has grown has them too close: every other one goes.
      const kept = [...this.#checkpoints.keys()].sort((a, b) => a - b);
      for (const [index, one] of kept.entries()) if (index % 2 === 0) this.#checkpoints.delete(one);
    }
    this.#checkpoints.set(seq, this.#model.copy());
  }

  #before(seq: number): Model {
    const kept = [...this.#checkpoints.keys()].sort((a, b) => a - b);
    const nearest = kept[countUpTo(kept, seq) - 1];
    const model = nearest === undefined ? undefined : this.#checkpoints.get(nearest);
    return model?.copy() ?? new Model(this.#book);
  }
}
