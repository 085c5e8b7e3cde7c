import { FaultError } from '../faults/fault.js';
import type { Entry, Happening } from './entry.js';

/** SHA-256 of text as lower-case hexadecimal, handed in since the core has no platform. */
export type Digest = (text: string) => string;

/** What the first entry is chained to. */
export const GENESIS = '0'.repeat(64);

const TAIL = ',"hash":"';
/** `,"hash":"` and 64 digits and `"}`. */
const TAIL_LENGTH = TAIL.length + 64 + 2;

/**
 * One journal line without its newline: the entry as JSON, its last member `hash` = SHA-256 over the hash of the line
 * before and this line without it. So a line can be neither changed, nor taken out, nor put in, unnoticed.
 */
export class Chain {
  readonly #digest: Digest;
  #head: string;
  #seq: number;

  constructor(digest: Digest, head: string = GENESIS, seq = 0) {
    this.#digest = digest;
    this.#head = head;
    this.#seq = seq;
  }

  /** Hash of the last line: names the whole journal up to it. */
  get head(): string {
    return this.#head;
  }

  get length(): number {
    return this.#seq;
  }

  append(happening: Happening, at: number): string {
    this.#seq += 1;
    // Members in a fixed order: seq, at, then the happening's own.
    const open = `{"seq":${this.#seq},"at":${at},${JSON.stringify(happening).slice(1, -1)}`;
    this.#head = this.#digest(this.#head + open);
    return `${open}${TAIL}${this.#head}"}`;
  }

  /**
   * Takes a line that was written before.
   * @throws FaultError JRN-001 where it does not continue the chain, naming the entry
   */
  accept(line: string, file: string): Entry {
    const number = this.#seq + 1;
    const cut = line.length - TAIL_LENGTH;
    const open = line.slice(0, cut);
    const hash = line.slice(cut + TAIL.length, -2);
    const isChained =
      cut > 0 && line.startsWith(TAIL, cut) && line.endsWith('"}') && this.#digest(this.#head + open) === hash;
    if (!isChained) throw broken(file, number, 'its hash does not follow from the entry before');
    const entry = parseEntry(`${open}}`);
    if (entry === null || entry.seq !== number) throw broken(file, number, 'it is not the entry of that number');
    this.#head = hash;
    this.#seq = number;
    return entry;
  }
}

/** What the chain vouches for was written by us, so its shape is believed once number and name are there. */
function parseEntry(text: string): Entry | null {
  try {
    const value: unknown = JSON.parse(text);
    const isEntry = typeof value === 'object' && value !== null && 'seq' in value && 'at' in value && 'entry' in value;
    return isEntry ? (value as Entry) : null;
  } catch {
    return null;
  }
}

function broken(file: string, entry: number, why: string): FaultError {
  return new FaultError({ code: 'JRN-001', kind: 'journal.broken', file, entry, why });
}
