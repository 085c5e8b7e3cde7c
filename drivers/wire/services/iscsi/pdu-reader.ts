import { crc32c } from './crc32c.js';
import { additionalLengthOf, dataLengthOf, DIGEST_BYTES, HEADER_BYTES, padOf } from './pdu.js';
import type { Digests, Pdu } from './pdu.js';

const EMPTY = Buffer.alloc(0);

/** What stops a connection: after either of these, where the next PDU begins is not known. */
export type ReadProblem = 'header digest' | 'too long';

export interface PduHandler {
  /** @returns false to stop for now: what is left is kept, and `resume` goes on with it */
  pdu(pdu: Pdu): boolean;
  /** The header is whole, the data are not what was sent (RFC 7143, section 7.8). */
  dataDigestError(pdu: Pdu): boolean;
  problem(problem: ReadProblem): void;
}

/**
 * Cuts a byte stream into PDUs, however it is split. A PDU that lies whole in a chunk is handed on as views of it;
 * one that does not is put together in a buffer of its own, so that every byte is copied once at most.
 */
export class PduReader {
  digests: Digests = { header: false, data: false };
  /** The most that the peer may put into one data segment: what we have declared. */
  limit_bytes: number;
  readonly #handler: PduHandler;
  #waiting: Buffer[] = [];
  #partial: Buffer | null = null;
  #filled = 0;
  #stopped = false;
  #closed = false;

  constructor(limit_bytes: number, handler: PduHandler) {
    this.limit_bytes = limit_bytes;
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    if (this.#closed) return;
    if (this.#stopped) {
      // The chunk is the stream's own again when its handler returns.
      this.#waiting.push(Buffer.from(chunk));
      return;
    }
    this.#take(chunk);
  }

  /** Goes on after a handler has said stop. */
  resume(): void {
    this.#stopped = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.push(chunk);
  }

  /** Nothing is handed on any more. */
  close(): void {
    this.#closed = true;
    this.#stopped = true;
    this.#waiting = [];
    this.#partial = null;
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#closed) {
      if (this.#stopped) {
        this.#waiting.push(Buffer.from(chunk.subarray(at)));
        return;
      }
      at = this.#partial === null ? this.#fromChunk(chunk, at) : this.#fill(this.#partial, chunk, at);
      if (at < 0) return;
    }
  }

  /** @returns where the next PDU begins, or -1 when the connection is lost */
  #fromChunk(chunk: Buffer, at: number): number {
    const available = chunk.length - at;
    if (available < HEADER_BYTES) return this.#startPartial(HEADER_BYTES, chunk, at);
    const length = this.#lengthOf(chunk, at);
    if (length < 0) return -1;
    if (available < length) return this.#startPartial(length, chunk, at);
    return this.#deliver(chunk.subarray(at, at + length)) ? at + length : -1;
  }

  #startPartial(length: number, chunk: Buffer, at: number): number {
    this.#partial = Buffer.allocUnsafe(length);
    this.#filled = chunk.copy(this.#partial, 0, at);
    return chunk.length;
  }

  #fill(partial: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(partial, this.#filled, at, Math.min(chunk.length, at + partial.length - this.#filled));
    this.#filled += copied;
    if (this.#filled < partial.length) return chunk.length;
    const length = this.#lengthOf(partial, 0);
    if (length < 0) return -1;
    if (partial.length < length) {
      // Only the header was here: now that it tells the length, there is room for the whole PDU.
      this.#partial = Buffer.allocUnsafe(length);
      partial.copy(this.#partial);
      return at + copied;
    }
    this.#partial = null;
    return this.#deliver(partial) ? at + copied : -1;
  }

  #lengthOf(bytes: Buffer, at: number): number {
    const dataLength = bytes.readUIntBE(at + 5, 3);
    if (dataLength > this.limit_bytes) {
      this.#fail('too long');
      return -1;
    }
    const headerLength = HEADER_BYTES + (bytes[at + 4] ?? 0) * 4 + (this.digests.header ? DIGEST_BYTES : 0);
    const dataDigest = this.digests.data && dataLength > 0 ? DIGEST_BYTES : 0;
    return headerLength + dataLength + padOf(dataLength) + dataDigest;
  }

  #deliver(bytes: Buffer): boolean {
    const header = bytes.subarray(0, HEADER_BYTES);
    const headersEnd = HEADER_BYTES + additionalLengthOf(header);
    const dataStart = headersEnd + (this.digests.header ? DIGEST_BYTES : 0);
    const length = dataLengthOf(header);
    if (this.digests.header && crc32c(bytes.subarray(0, headersEnd)) !== bytes.readUInt32LE(headersEnd)) {
      this.#fail('header digest');
      return false;
    }
    const pdu: Pdu = {
      header,
      additionalHeader: headersEnd === HEADER_BYTES ? EMPTY : bytes.subarray(HEADER_BYTES, headersEnd),
      data: length === 0 ? EMPTY : bytes.subarray(dataStart, dataStart + length),
    };
    const padded = dataStart + length + padOf(length);
    const isDamaged =
      this.digests.data && length > 0 && crc32c(bytes.subarray(dataStart, padded)) !== bytes.readUInt32LE(padded);
    if (!(isDamaged ? this.#handler.dataDigestError(pdu) : this.#handler.pdu(pdu))) this.#stopped = true;
    return true;
  }

  #fail(problem: ReadProblem): void {
    this.close();
    this.#handler.problem(problem);
  }
}
