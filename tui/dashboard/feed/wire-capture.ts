import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureIndex } from '../../../drivers/wire/capture/capture-index.js';
import { frameLine } from '../../../drivers/wire/observer/frame-line.js';
import { BUNDLE } from '../../../drivers/run-bundle/bundle.js';
import { placeAbove } from '../model/entry-log.js';
import { filterOf } from '../model/filter.js';
import type { WireLine, WireLines, WireSource } from '../model/wire.js';

/** Lines that are kept: some ten MB of them. */
const MOST_KEPT = 50_000;
/** Stretches that are made to lines at once, so that a filter that few frames pass does not hold up a key. */
const MOST_MADE = 24;

/**
 * The capture in a run's folder, be it still being written: indexed once, its frames read again when somebody looks.
 *
 * @returns null where there is none: a simulated rack sends no frames
 */
export function wireIn(directory: string): WireSource | null {
  if (capturesIn(directory).length === 0) return null;
  const index = new CaptureIndex(() => capturesIn(directory).map((name) => join(directory, name)));
  const lines = new LineBook(index);
  return {
    name: BUNDLE.capture,
    advance: (most_bytes) => void index.advance(most_bytes),
    left_bytes: () => index.left_bytes,
    isBusy: () => index.left_bytes > 0 || lines.isLooking,
    isDamaged: () => index.isDamaged,
    ports: () => index.ports,
    second: (number) => index.second(number),
    lines: (upTo_ms, filter, most) => lines.upTo(upTo_ms, filter, most),
  };
}

/** `wire.pcapng`, then those of later lives of the run: `45-wire.pcapng`, behind so many entries. */
function capturesIn(directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const later = names.filter((name) => /^\d+-/.test(name) && name.endsWith(`-${BUNDLE.capture}`));
  const sorted = later.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return [...(names.includes(BUNDLE.capture) ? [BUNDLE.capture] : []), ...sorted];
}

/** Frames in words, made when somebody looks: those that a filter lets through, by mark. */
class LineBook {
  readonly #index: CaptureIndex;
  readonly #kept = new Map<number, readonly WireLine[]>();
  #kept_lines = 0;
  #filter = '';
  #isLooking = false;

  constructor(index: CaptureIndex) {
    this.#index = index;
  }

  /** Whether there was more to look through than was done at once. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  upTo(upTo_ms: number, filter: string, most: number): WireLines {
    if (filter !== this.#filter || this.#kept_lines > MOST_KEPT) this.#forget(filter);
    const { marks } = this.#index;
    const found: WireLine[] = [];
    let made = 0;
    const last = placeAbove(marks.length, (place) => (marks[place]?.at_us ?? 0) > upTo_ms * 1_000) - 1;
    for (let mark = last; mark >= 0 && found.length < most; mark -= 1) {
      this.#isLooking = made >= MOST_MADE;
      if (this.#isLooking) return { lines: found.reverse(), since_ms: (marks[mark + 1]?.at_us ?? 0) / 1_000 };
      if (!this.#kept.has(mark)) made += 1;
      const lines = this.#of(mark);
      for (let place = lines.length - 1; place >= 0 && found.length < most; place -= 1) {
        const line = lines[place];
        if (line !== undefined && line.at_ms <= upTo_ms) found.push(line);
      }
    }
    this.#isLooking = false;
    const earliest = found.at(-1);
    const isFull = found.length >= most && earliest !== undefined;
    return { lines: found.reverse(), since_ms: isFull ? earliest.at_ms : null };
  }

  #forget(filter: string): void {
    this.#filter = filter;
    this.#kept.clear();
    this.#kept_lines = 0;
  }

  #of(mark: number): readonly WireLine[] {
    const kept = this.#kept.get(mark);
    if (kept !== undefined) return kept;
    const { test } = filterOf(this.#filter);
    const all = this.#index.frames(mark).map(({ at_us, from, to, bytes, isLost }): WireLine => {
      return { at_ms: at_us / 1_000, from, to, text: frameLine(bytes), isLost };
    });
    const lines = this.#filter === '' ? all : all.filter((line) => test(textOf(line)));
    // The last stretch may grow yet.
    if (mark === this.#index.marks.length - 1) return lines;
    this.#kept.set(mark, lines);
    this.#kept_lines += lines.length;
    return lines;
  }
}

/** What a filter is held against. */
function textOf({ from, to, text, isLost }: WireLine): string {
  return `${from} > ${to ?? 'all'} ${text}${isLost ? ' LOST' : ''}`;
}
