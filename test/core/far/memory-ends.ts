import type { BusService } from '../../../core/bus/bus.js';
import type { Arrival, Receipt } from '../../../core/bus/letter.js';
import type { Said } from '../../../core/bus/topics.js';
import type { HandsLine, HandsLog } from '../../../core/far/hands-log.js';
import type { Fault } from '../../../core/faults/fault.js';
import type { Append, Entry } from '../../../core/journal/entry.js';

const GONE: Fault = { code: 'HND-007', kind: 'hands.unwritable', file: 'memory', why: 'gone' };

/** A disk: what was written, and how much of it a power cut leaves. `delay` settles when it has written. */
export class MemoryDisk<T> {
  lines: T[] = [];
  safe = 0;
  readonly #delay: () => Promise<void>;

  constructor(delay: () => Promise<void>) {
    this.#delay = delay;
  }

  async sync(): Promise<boolean> {
    const { lines } = this;
    const { length } = lines;
    await this.#delay();
    if (lines === this.lines) this.safe = Math.max(this.safe, Math.min(length, lines.length));
    return true;
  }

  /** @param share how much of what is not safe is lost all the same, from 0 to 1 */
  crash(share: number): void {
    const left = this.lines.length - this.safe;
    this.lines = this.lines.slice(0, this.lines.length - Math.floor(left * share));
    this.safe = this.lines.length;
  }

  replace(lines: readonly T[]): void {
    this.lines = [...lines];
    this.safe = lines.length;
  }
}

/** One life's hold of a disk: after its end it writes nothing. */
export interface Life {
  isOver: boolean;
}

export class MemoryHandsLog implements HandsLog {
  readonly #disk: MemoryDisk<HandsLine>;
  readonly #life: Life;

  constructor(disk: MemoryDisk<HandsLine>, life: Life) {
    this.#disk = disk;
    this.#life = life;
  }

  append(line: HandsLine): Fault | null {
    if (this.#life.isOver) return GONE;
    // As it is read again.
    this.#disk.lines.push(JSON.parse(JSON.stringify(line)) as HandsLine);
    return null;
  }

  async sync(): Promise<boolean> {
    await this.#disk.sync();
    return !this.#life.isOver;
  }

  replace(lines: readonly HandsLine[]): Fault | null {
    if (this.#life.isOver) return GONE;
    this.#disk.replace(lines);
    return null;
  }
}

interface JournalParts {
  readonly now: () => number;
  readonly judge: (said: Said) => Fault | null;
  readonly act: (said: Said) => void;
}

/** A journal that an engine and its bus write to. */
export class MemoryJournal implements BusService {
  readonly journal = 'story';
  readonly #disk: MemoryDisk<Entry>;
  readonly #life: Life;
  readonly #parts: JournalParts;

  constructor(disk: MemoryDisk<Entry>, life: Life, parts: JournalParts) {
    this.#disk = disk;
    this.#life = life;
    this.#parts = parts;
  }

  readonly append: Append = (happening, at) => {
    if (this.#life.isOver) return false;
    this.#disk.lines.push(JSON.parse(JSON.stringify({ seq: this.last() + 1, at, ...happening })) as Entry);
    return true;
  };

  catchUp(): void {
    const last = this.#disk.lines.findLast(({ entry }) => entry !== 'resumed');
    if (last?.entry === 'requested' && last.fault === null && last.said !== null) this.#parts.act(last.said as Said);
  }

  last(): number {
    return this.#disk.lines.length;
  }

  read(): readonly string[] {
    return [];
  }

  receipts(): readonly Receipt[] {
    return this.#disk.lines.flatMap((entry) =>
      entry.entry === 'requested' ? [{ stream: entry.stream, seq: entry.request, fault: entry.fault }] : [],
    );
  }

  take(arrivals: readonly Arrival[]): readonly (Fault | null)[] {
    const verdicts: (Fault | null)[] = [];
    const { now, judge, act } = this.#parts;
    for (const { stream, seq, said, fault: known } of arrivals) {
      const fault = known ?? (said === null ? null : judge(said));
      if (!this.append({ entry: 'requested', stream, request: seq, said, fault }, now())) break;
      verdicts.push(fault);
      if (fault === null && said !== null) act(said);
    }
    return verdicts;
  }

  async settled(): Promise<boolean> {
    await this.#disk.sync();
    return !this.#life.isOver;
  }
}
