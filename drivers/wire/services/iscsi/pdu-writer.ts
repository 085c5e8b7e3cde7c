import type { ByteStream } from '../../byte-stream.js';
import { crc32c } from './crc32c.js';
import { DIGEST_BYTES, HEADER_BYTES, padOf } from './pdu.js';
import type { Digests } from './pdu.js';

const PADDING = Buffer.alloc(3);
/** Up to here one copy is cheaper than three entries in the stream's queue. */
const JOINED_BYTES = 8192;

/**
 * Puts a PDU on the stream; the header's DataSegmentLength is set here. The stream keeps `data` as it is, uncopied when
 * it is large.
 * @returns false when the stream wants to be drained first (the PDU was taken all the same)
 */
export function writePdu(stream: ByteStream, digests: Digests, header: Buffer, data: Buffer | null): boolean {
  const length = data === null ? 0 : data.length;
  header.writeUIntBE(length, 5, 3);
  if (data === null || length <= JOINED_BYTES) return stream.write(join(digests, header, data));
  const isOpen = stream.write(digests.header ? join({ header: true, data: false }, header, null) : header);
  const pad = padOf(length);
  let last = stream.write(data);
  if (pad > 0) last = stream.write(PADDING.subarray(0, pad));
  if (digests.data) {
    const digest = Buffer.allocUnsafe(DIGEST_BYTES);
    digest.writeUInt32LE(crc32c(PADDING.subarray(0, pad), crc32c(data)));
    last = stream.write(digest);
  }
  return isOpen && last;
}

/** The whole PDU in one buffer. */
function join(digests: Digests, header: Buffer, data: Buffer | null): Buffer {
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
