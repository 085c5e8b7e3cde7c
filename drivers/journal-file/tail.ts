import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import { Chain } from '../../core/journal/codec.js';
import { JOURNAL_VERSION, type Entry } from '../../core/journal/entry.js';
import { sha256 } from './driver.js';

export interface Tailed {
  /** What has come since it was last asked. */
  readonly entries: readonly Entry[];
  /** When the file was written last: ms of the wall clock. */
  readonly writtenAt: number;
}

/** At once; a journal that is hours long is read in several goes. */
const PIECE_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads a journal that another process is still writing, each line once and held against the chain. */
export class JournalTail {
  readonly #file: string;
  readonly #chain = new Chain(sha256);
  /** Where the first line begins that was not read whole: what is torn may yet be cut off and written anew. */
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws FaultError CFG-003, JRN-001, JRN-002 */
  read(): Tailed {
    const descriptor = this.#open();
    try {
      const entries: Entry[] = [];
      const { mtimeMs } = fstatSync(descriptor);
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      for (;;) {
        const length = readSync(descriptor, piece, 0, PIECE_BYTES, this.#offset);
        const end = piece.subarray(0, length).lastIndexOf(NEWLINE);
        if (end === -1) return { entries, writtenAt: mtimeMs };
        this.#offset += end + 1;
        for (const line of piece.toString('utf8', 0, end).split('\n')) entries.push(this.#accept(line));
      }
    } finally {
      closeSync(descriptor);
    }
  }

  #open(): number {
    try {
      return openSync(this.#file, 'r');
    } catch (thrown) {
      const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
      throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file: this.#file, why }, thrown);
    }
  }

  #accept(line: string): Entry {
    const entry = this.#chain.accept(line, this.#file);
    if (entry.seq > 1 || (entry.entry === 'opened' && entry.version === JOURNAL_VERSION)) return entry;
    const version = entry.entry === 'opened' ? String(entry.version) : 'none';
    throw new FaultError({ code: 'JRN-002', kind: 'journal.unknown', file: this.#file, version });
  }
}
