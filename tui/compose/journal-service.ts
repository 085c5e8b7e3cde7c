import type { BusHost, BusService, ConsolePart } from '../../core/bus/bus.js';
import type { Arrival, Receipt } from '../../core/bus/letter.js';
import type { Said } from '../../core/bus/topics.js';
import type { Gap } from '../../core/bus/watcher.js';
import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import type { JournalFile } from '../../drivers/journal-file/driver.js';
import { LineIndex } from '../../drivers/journal-file/line-index.js';
import { consolePart } from './console-shelf.js';

export interface JournalServiceParts {
  /** Names the run: another run, another name. */
  readonly name: string;
  readonly file: string;
  /** Where its consoles are kept, by node. */
  readonly consoles: string;
  /** Of a mode in which a line is in the file before anything is done about it. */
  readonly journal: JournalFile;
  readonly clock: Pick<Clock, 'now'>;
  /** What the journal held when it was opened. */
  readonly earlier: readonly Entry[];
  /** Why a request can't be granted, else null. Changes nothing. */
  readonly judge: (said: Said) => Fault | null;
  /** Does what is asked. A crash may have it asked again, so it does nothing before it appends an entry of its own. */
  readonly act: (said: Said) => void;
}

/** An engine's journal as the bus sees it: entries are published as they are written, requests become entries. */
export class JournalService implements BusService {
  readonly journal: string;
  readonly #parts: JournalServiceParts;
  readonly #index: LineIndex;
  readonly #receipts: readonly Receipt[];

  constructor(parts: JournalServiceParts) {
    this.#parts = parts;
    this.journal = parts.name;
    this.#index = new LineIndex(parts.file);
    this.#receipts = receiptsIn(parts.earlier);
    parts.journal.onWritten = (line) => this.#index.add(line);
  }

  /** From here on watchers are told. */
  publishTo(host: BusHost): void {
    this.#parts.journal.onWritten = (line) => {
      this.#index.add(line);
      host.publish(this.#index.length, [line]);
    };
  }

  /** Does what a crash cut off between its being written down and its first effect. */
  catchUp(): void {
    const last = this.#parts.earlier.findLast(({ entry }) => entry !== 'resumed');
    // Whatever stands behind a request is what was done about it: it is done in the same turn.
    if (last?.entry !== 'requested' || last.fault !== null || last.said === null) return;
    // It was parsed before it was written down.
    this.#parts.act(last.said as Said);
  }

  last(): number {
    return this.#index.length;
  }

  read({ from, to }: Gap): readonly string[] {
    return this.#index.read(from, to);
  }

  console(node: string, from: number | null): ConsolePart {
    return consolePart(this.#parts.consoles, node, from);
  }

  receipts(): readonly Receipt[] {
    return this.#receipts;
  }

  take(arrivals: readonly Arrival[]): readonly (Fault | null)[] {
    const verdicts: (Fault | null)[] = [];
    const { journal, clock, judge, act } = this.#parts;
    for (const { stream, seq, said, fault: known } of arrivals) {
      const fault = known ?? (said === null ? null : judge(said));
      const isWritten = journal.append({ entry: 'requested', stream, request: seq, said, fault }, clock.now());
      if (!isWritten) break;
      verdicts.push(fault);
      if (fault === null && said !== null) act(said);
    }
    return verdicts;
  }

  settled(): Promise<boolean> {
    return this.#parts.journal.sync();
  }

  close(): void {
    this.#parts.journal.onWritten = null;
    this.#index.close();
  }
}

function receiptsIn(entries: readonly Entry[]): readonly Receipt[] {
  return entries.flatMap((entry) => {
    return entry.entry === 'requested' ? [{ stream: entry.stream, seq: entry.request, fault: entry.fault }] : [];
  });
}
