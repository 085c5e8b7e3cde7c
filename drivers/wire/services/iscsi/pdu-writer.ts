import type { ByteStream } from '../../byte-stream.js';
import { crc32c } from './crc32c.js';
import { DIGEST_BYTES, HEADER_BYTES, padOf } from './pdu.js';
import type { Digests } from './pdu.js';

const PADDING = Buffer.alloc(3);
/** Up to here one copy is cheaper than three entries in the stream's queue. */
const JOINED_BYTES = 8192;

/** Puts PDUs on a stream. */
export class PduWriter {
  digests: Digests = { header: false, data: false };
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /**
   * The header's DataSegmentLength is set here. The stream keeps `data` as it is, uncopied when it is large.
   * @returns false when the stream wants to be drained first (the PDU was taken all the same)
   */
  write(header: Buffer, data: Buffer | null): boolean {
    const length = data === null ? 0 : data.length;
    header.writeUIntBE(length, 5, 3);
    if (data === null || length <= JOINED_BYTES) return this.#stream.write(joined(this.digests, header, data));
    return this.#writeParts(header, data);
  }

  /** Every part is written, whatever the stream says: what counts is what it says last. */
  #writeParts(header: Buffer, data: Buffer): boolean {
    const pad = PADDING.subarray(0, padOf(data.length));
    this.#stream.write(this.digests.header ? joined({ header: true, data: false }, header, null) : header);
    let isOpen = this.#stream.write(data);
    if (pad.length > 0) isOpen = this.#stream.write(pad);
    if (!this.digests.data) return isOpen;
    const digest = Buffer.allocUnsafe(DIGEST_BYTES);
    digest.writeUInt32LE(crc32c(pad, crc32c(data)));
    return this.#stream.write(digest);
  }
}

/** The whole PDU in one buffer. */
function joined(digests: Digests, header: Buffer, data: Buffer | null): Buffer {
  const length = data === null ? 0 : data.length;
  if (length === 0 && !digests.header) return header;
  const dataStart = HEADER_BYTES + (digests.header ? DIGEST_BYTES : 0);
  const dataEnd = dataStart + length;
  const padded = dataEnd + padOf(length);
  const bytes = Buffer.allocUnsafe(padded + (digests.data && length > 0 ? DIGEST_BYTES : 0));
  header.copy(bytes);
  if (digests.header) bytes.writeUInt32LE(crc32c(header), HEADER_BYTES);
  if (data === null || length === 0) return bytes;
  data.copy(bytes, dataStart);
  bytes.fill(0, dataEnd, padded);
  if (digests.data) bytes.writeUInt32LE(crc32c(bytes.subarray(dataStart, padded)), padded);
  return bytes;
}
