import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureIndex } from '../../../drivers/wire/capture/capture-index.js';
import { frameLine } from '../../../drivers/wire/observer/frame-line.js';
import { BUNDLE } from '../../../drivers/run-bundle/bundle.js';
import { placeAbove } from '../model/entry-log.js';
import type { WireLine, WireLines, WireSource } from '../model/wire.js';

/** Stretches of frames that are kept as lines: some thousand frames each. */
const MOST_KEPT = 64;
/** Stretches that are made to lines at once, so that a filter that few frames pass does not hold up a key. */
const MOST_MADE = 12;

/**
 * The capture in a run's folder, be it still being written: indexed once, its frames read again when somebody looks.
 *
 * @returns null where there is none: a simulated rack sends no frames
 */
export function wireIn(directory: string): WireSource | null {
  const paths = capturesIn(directory);
  if (paths.length === 0) return null;
  const index = new CaptureIndex(paths.map((name) => join(directory, name)));
  const lines = new LineBook(index);
  return {
    name: paths.join(', '),
    advance: (most_bytes) => void index.advance(most_bytes),
    left_bytes: () => index.left_bytes,
    isDamaged: () => index.isDamaged,
    ports: () => index.ports,
    second: (number) => index.second(number),
    lines: (upTo_ms, test, most) => lines.upTo(upTo_ms, test, most),
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

/** Frames in words, made when they are looked at. */
class LineBook {
  readonly #index: CaptureIndex;
  /** By mark, the one that was looked at last at the end. */
  readonly #kept = new Map<number, readonly WireLine[]>();

  constructor(index: CaptureIndex) {
    this.#index = index;
  }

  upTo(upTo_ms: number, test: (text: string) => boolean, most: number): WireLines {
    const { marks } = this.#index;
    const found: WireLine[] = [];
    let made = 0;
    const last = placeAbove(marks.length, (place) => (marks[place]?.at_us ?? 0) > upTo_ms * 1_000) - 1;
    for (let mark = last; mark >= 0; mark -= 1) {
      if (made >= MOST_MADE) return { lines: found.reverse(), since_ms: (marks[mark + 1]?.at_us ?? 0) / 1_000 };
      if (!this.#kept.has(mark)) made += 1;
      const lines = this.#of(mark);
      for (let place = lines.length - 1; place >= 0 && found.length < most; place -= 1) {
        const line = lines[place];
        if (line !== undefined && line.at_ms <= upTo_ms && test(textOf(line))) found.push(line);
      }
      const earliest = found.at(-1);
      if (found.length >= most && earliest !== undefined) return { lines: found.reverse(), since_ms: earliest.at_ms };
    }
    return { lines: found.reverse(), since_ms: null };
  }

  #of(mark: number): readonly WireLine[] {
    const kept = this.#kept.get(mark);
    if (kept !== undefined) {
      this.#kept.delete(mark);
      this.#kept.set(mark, kept);
      return kept;
    }
    const lines = this.#index.frames(mark).map(({ at_us, from, to, bytes, isLost }): WireLine => {
      return { at_ms: at_us / 1_000, from, to, text: frameLine(bytes), isLost };
    });
    // The last stretch may grow yet.
    if (mark < this.#index.marks.length - 1) this.#keep(mark, lines);
    return lines;
  }

  #keep(mark: number, lines: readonly WireLine[]): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(mark, lines);
  }
}

/** What a filter is held against. */
function textOf({ from, to, text, isLost }: WireLine): string {
  return `${from} > ${to ?? 'all'} ${text}${isLost ? ' LOST' : ''}`;
}
