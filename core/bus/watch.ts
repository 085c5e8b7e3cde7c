import type { Clock, Timer } from '../clock.js';
import type { Entry } from '../journal/entry.js';
import type { Watching } from './bus.js';
import { entryIn } from './entry-line.js';
import { encode, type Parts } from './frame.js';
import { Watcher } from './watcher.js';

/** A fetch that is not answered by then is asked for again. */
const FETCH_AGAIN_MS = 500;
/** Three beats (`hub.ts`), and some. */
const SILENT_AFTER_MS = 3_500;
/** So often a line that is no entry is fetched anew before the journal is given up. */
const TRIES = 3;

/** One watcher's state: what was said by the rack is put in order, and what lacks is fetched. */
export class Watch {
  readonly #watching: Watching;
  readonly #clock: Clock;
  readonly #send: (parts: Parts) => void;
  readonly #hello: () => void;
  #journal: string | null = null;
  #watcher: Watcher<Entry> | null = null;
  #fetchedAt: number | null = null;
  #failures = 0;
  #heardAt: number;
  #isSilent = true;
  #timer: Timer;

  constructor(
    watching: Watching,
    wire: { readonly clock: Clock; readonly send: (parts: Parts) => void; readonly hello: () => void },
  ) {
    this.#watching = watching;
    this.#clock = wire.clock;
    this.#send = wire.send;
    this.#hello = wire.hello;
    this.#heardAt = wire.clock.now();
    this.#timer = this.#arm();
  }

  end(): void {
    this.#timer.cancel();
  }

  /** The rack says which journal it keeps and how long that is. */
  reaches(journal: string, last: number): void {
    this.#heard(journal, last).reaches(last);
    this.#fetch();
  }

  /** @returns how many lines were none */
  take(
    head: { readonly journal: string; readonly first: number; readonly last: number },
    lines: readonly string[],
  ): number {
    const { journal, first, last } = head;
    const watcher = this.#heard(journal, first - 1);
    const entries: Entry[] = [];
    for (const line of lines) {
      const entry = entryIn(line, first + entries.length);
      if (entry === null) break;
      entries.push(entry);
    }
    const isAnswer = first === watcher.next;
    const span = watcher.take({ first, entries });
    watcher.reaches(last);
    if (isAnswer) this.#fetchedAt = null;
    const bad = lines.length - entries.length;
    this.#failures = bad > 0 && span === null ? this.#failures + 1 : 0;
    if (span !== null) this.#watching.onEntries(span);
    if (this.#failures < TRIES) this.#fetch();
    else this.#break(`entry ${watcher.next} is none`);
    return bad;
  }

  #break(what: string): void {
    this.end();
    this.#watching.onBroken?.({ code: 'BUS-001', kind: 'message.bad', what });
  }

  #heard(journal: string, last: number): Watcher<Entry> {
    this.#heardAt = this.#clock.now();
    const { from, onState } = this.#watching;
    const isOther = this.#journal !== null && this.#journal !== journal;
    if (this.#watcher === null || isOther) {
      this.#watcher = new Watcher(isOther ? 1 : from === 'now' ? last + 1 : from);
      this.#journal = journal;
      this.#fetchedAt = null;
      if (isOther) onState?.('other');
    }
    if (this.#isSilent) onState?.('live');
    this.#isSilent = false;
    return this.#watcher;
  }

  #fetch(): void {
    const gap = this.#watcher?.gap() ?? null;
    if (gap === null || this.#fetchedAt !== null) return;
    this.#fetchedAt = this.#clock.now();
    this.#send(encode({ kind: 'fetch', ...gap }));
  }

  #arm(): Timer {
    return this.#clock.setTimer(FETCH_AGAIN_MS, () => {
      const now = this.#clock.now();
      this.#timer = this.#arm();
      if (this.#fetchedAt !== null && now - this.#fetchedAt >= FETCH_AGAIN_MS) this.#fetchedAt = null;
      this.#fetch();
      if (now - this.#heardAt < SILENT_AFTER_MS) return;
      // A rack that was started again may have become another one.
      this.#hello();
      if (!this.#isSilent) this.#watching.onState?.('silent');
      this.#isSilent = true;
    });
  }
}
