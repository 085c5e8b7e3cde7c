import { crc32 } from 'node:zlib';
import {
  bitmapBytes,
  HEADER_BYTES,
  readPartcloneHeader,
  streamBytes,
  type PartcloneHeader,
} from '../../core/image/partclone-header.js';

/** What a whole partclone stream was. */
export interface CheckedStream {
  /** null: it is raw, and has none. */
  readonly header: PartcloneHeader | null;
  readonly size_bytes: number;
  /** Eight hexadecimal digits. */
  readonly crc32: string;
}

/** Bits in each byte. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** Watches a partclone image pass: its header, its bitmap, its length. Keeps nothing of it. */
export class StreamCheck {
  readonly #isRaw: boolean;
  readonly #head = new Uint8Array(HEADER_BYTES);
  #header: PartcloneHeader | null = null;
  #complaint: string | null = null;
  #usedBlocks = 0;
  #length = 0;
  #crc = 0;

  constructor({ isRaw }: { readonly isRaw: boolean }) {
    this.#isRaw = isRaw;
  }

  /** The header once it has passed; null before, or where it is none. */
  get header(): PartcloneHeader | null {
    return this.#header;
  }

  get length(): number {
    return this.#length;
  }

  /** Why this is no partclone image; null as long as it may be one. */
  get complaint(): string | null {
    return this.#complaint;
  }

  take(bytes: Uint8Array): void {
    const before = this.#length;
    this.#length += bytes.length;
    this.#crc = crc32(bytes, this.#crc);
    if (this.#isRaw) return;
    if (before < HEADER_BYTES) {
      this.#head.set(bytes.subarray(0, HEADER_BYTES - before), before);
      if (this.#length >= HEADER_BYTES) this.#readHeader();
    }
    if (this.#header !== null) this.#countBits(this.#header, bytes, before);
  }

  /** @returns a text: what is wrong with the stream, now that it is over */
  end(): CheckedStream | string {
    if (this.#isRaw) return this.#length === 0 ? 'it is empty' : this.#whole(null);
    if (this.#length < HEADER_BYTES) return `it ends after ${this.#length} bytes`;
    const header = this.#header;
    if (this.#complaint !== null || header === null) return this.#complaint ?? 'it has no header';
    const expected = streamBytes(header);
    if (this.#length < expected) return `it ends after ${this.#length} of ${expected} bytes`;
    if (this.#length > expected) return `it goes on behind its ${expected} bytes`;
    if (this.#usedBlocks !== header.usedBlocks) {
      return `its header counts ${header.usedBlocks} used blocks, its bitmap ${this.#usedBlocks}`;
    }
    return this.#whole(header);
  }

  #whole(header: PartcloneHeader | null): CheckedStream {
    return { header, size_bytes: this.#length, crc32: (this.#crc >>> 0).toString(16).padStart(8, '0') };
  }

  #readHeader(): void {
    const read = readPartcloneHeader(this.#head);
    if (typeof read === 'string') this.#complaint = read;
    else this.#header = read;
  }

  /** The bitmap follows the header; bits behind the last block mean nothing. */
  #countBits(header: PartcloneHeader, bytes: Uint8Array, before: number): void {
    const last = bitmapBytes(header) - 1;
    const first = before - HEADER_BYTES;
    if (first > last) return;
    const spare = (last + 1) * 8 - header.blocks;
    const start = Math.max(0, -first);
    const end = Math.min(bytes.length, last - first + 1);
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      this.#usedBlocks += BITS[first + at === last ? byte & (0xff >> spare) : byte] ?? 0;
    }
  }
}
