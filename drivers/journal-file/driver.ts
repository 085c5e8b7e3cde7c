import { createHash, hash } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import { Chain, type Digest } from '../../core/journal/codec.js';
import type { Append } from '../../core/journal/entry.js';
import { readJournal, type ReadJournal } from '../../core/journal/read.js';

/** SHA-256; the one-shot form is a third faster and came with Node 20.12. */
export const sha256: Digest =
  typeof hash === 'function'
    ? (text) => hash('sha256', text, 'hex')
    : (text) => createHash('sha256').update(text).digest('hex');

/**
 * When lines reach the file. `each`: before the engine acts on the entry, so that a killed rig loses nothing it has
 * acted on. `batch`: some 64 KiB at a time, for simulations, which can simply be run again.
 */
export type WriteMode = 'each' | 'batch';

const BATCH_CHARACTERS = 65_536;

interface Opened {
  readonly file: string;
  readonly descriptor: number;
  readonly chain: Chain;
  readonly mode: WriteMode;
}

/** An append-only journal file. */
export class JournalFile {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #chain: Chain;
  readonly #limit: number;
  #lines: string[] = [];
  #held = 0;

  private constructor({ file, descriptor, chain, mode }: Opened) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#chain = chain;
    this.#limit = mode === 'each' ? 0 : BATCH_CHARACTERS;
  }

  /** @throws FaultError JRN-003 */
  static create(file: string, mode: WriteMode): JournalFile {
    const descriptor = guarded(file, () => openSync(file, 'wx'));
    return new JournalFile({ file, descriptor, chain: new Chain(sha256), mode });
  }

  /**
   * Opens what a crash left behind: a torn last line is cut off.
   * @throws FaultError JRN-001, JRN-002, JRN-003
   */
  static reopen(file: string): { readonly journal: JournalFile; readonly read: ReadJournal } {
    const read = readJournalFile(file);
    if (read.torn > 0) guarded(file, () => truncateSync(file, Buffer.byteLength(wholeText(file, read.torn))));
    const descriptor = guarded(file, () => openSync(file, 'a'));
    return { journal: new JournalFile({ file, descriptor, chain: read.chain, mode: 'each' }), read };
  }

  /** Why nothing is taken any more, e.g. a full disk; told once through `onBroken` as well. */
  broken: FaultError | null = null;
  /** Called when the file can't be written any more; null until somebody cares. */
  onBroken: (() => void) | null = null;

  /** Called with each line once it is in the file; null until somebody cares. */
  onWritten: ((line: string) => void) | null = null;

  readonly append: Append = (happening, at) => {
    if (this.broken !== null) return false;
    const line = this.#chain.append(happening, at);
    this.#lines.push(line);
    this.#held += line.length;
    return this.#held <= this.#limit || this.#tryWrite();
  };

  get head(): string {
    return this.#chain.head;
  }

  get length(): number {
    return this.#chain.length;
  }

  /** Writes what is held back and waits for the disk. @throws FaultError JRN-003, also one that `append` met before */
  close(): void {
    try {
      if (this.broken !== null) throw this.broken;
      this.#write();
      guarded(this.#file, () => fdatasyncSync(this.#descriptor));
    } finally {
      closeSync(this.#descriptor);
    }
  }

  /** Waits for the disk, and for nothing else meanwhile. @returns whether all that was appended is there */
  async sync(): Promise<boolean> {
    if (!this.#tryWrite() || this.broken !== null) return false;
    return new Promise((resolve) => fdatasync(this.#descriptor, (error) => resolve(error === null)));
  }

  /** Closes the file of a run that broke: with all that had happened, or taken away where nothing ever did. */
  abandon(): void {
    this.#tryWrite();
    closeSync(this.#descriptor);
    if (this.#chain.length === 0) rmSync(this.#file, { force: true });
  }

  #tryWrite(): boolean {
    try {
      this.#write();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof FaultError)) throw thrown;
      this.broken = thrown;
      this.onBroken?.();
      return false;
    }
  }

  #write(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    const text = Buffer.from(`${lines.join('\n')}\n`);
    this.#lines = [];
    this.#held = 0;
    guarded(this.#file, () => {
      let written = 0;
      while (written < text.length) written += writeSync(this.#descriptor, text, written);
    });
    if (this.onWritten !== null) for (const line of lines) this.onWritten(line);
  }
}

/** @throws FaultError CFG-003, JRN-001, JRN-002 */
export function readJournalFile(file: string): ReadJournal {
  return readJournal(textOf(file), file, sha256);
}

function wholeText(file: string, torn: number): string {
  return textOf(file).slice(0, -torn);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why: reasonOf(thrown) }, thrown);
  }
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw new FaultError({ code: 'JRN-003', kind: 'journal.unwritable', file, why: reasonOf(thrown) }, thrown);
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}
