import type { Entry } from '../../../core/journal/entry.js';
import { countUpTo, type EntryLog } from './entry-log.js';
import { filterOf } from './filter.js';
import type { Subject } from './subject.js';

/** Entries of a journal that a filter lets through, found once each as the journal grows. */
export class JournalList {
  readonly #log: EntryLog;
  readonly #textOf: (entry: Entry) => string;
  #filter = '';
  #looked = 0;
  #found: number[] = [];

  constructor(log: EntryLog, textOf: (entry: Entry) => string) {
    this.#log = log;
    this.#textOf = textOf;
  }

  /** Numbers of the entries up to `seq`, ascending, as something to be counted and asked one by one. */
  upTo(seq: number, filter: string): { readonly count: number; readonly at: (index: number) => number } {
    if (filter === '') return { count: seq, at: (index) => index + 1 };
    this.#look(filter);
    const found = this.#found;
    return { count: countUpTo(found, seq), at: (index) => found[index] ?? 0 };
  }

  /** The same of one node's or image's own entries. */
  ofUpTo(subject: Subject, seq: number, filter: string): ReturnType<JournalList['upTo']> {
    const own = this.#log.of(subject);
    const { test } = filterOf(filter);
    const near = own.slice(0, countUpTo(own, seq));
    const found = filter === '' ? near : near.filter((one) => this.#passes(one, test));
    return { count: found.length, at: (index) => found[index] ?? 0 };
  }

  #look(filter: string): void {
    if (filter !== this.#filter) {
      this.#filter = filter;
      this.#looked = 0;
      this.#found = [];
    }
    const { test } = filterOf(filter);
    for (; this.#looked < this.#log.length; this.#looked += 1) {
      if (this.#passes(this.#looked + 1, test)) this.#found.push(this.#looked + 1);
    }
  }

  #passes(seq: number, test: (text: string) => boolean): boolean {
    const entry = this.#log.at(seq);
    return entry !== undefined && test(this.#textOf(entry));
  }
}
