import { createHash } from 'node:crypto';
import { FaultError } from '../../core/faults/fault.js';

/** The map begins here: one page, so that it is written apart from the header. */
export const HEADER_BYTES = 4096;
export const CLONE_MAGIC = 'MRCLONE1';
const CHECKSUM_BYTES = 32;
const PATH_OFFSET = 64;

/** What stands at the start of an overlay file, and never changes. All numbers are big-endian. */
export interface CloneHeader {
  readonly size_bytes: number;
  readonly cluster_bytes: number;
  readonly baseModifiedAt_ns: bigint;
  /** 16 hexadecimal digits. */
  readonly serial: string;
  /** Where the base was when it was cloned. */
  readonly basePath: string;
}

export function encodeCloneHeader(header: CloneHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const path = Buffer.from(header.basePath, 'utf8');
  bytes.write(CLONE_MAGIC, 0, 'latin1');
  bytes.writeBigUInt64BE(BigInt(header.size_bytes), 8);
  bytes.writeUInt32BE(header.cluster_bytes, 16);
  bytes.writeBigInt64BE(header.baseModifiedAt_ns, 20);
  bytes.write(header.serial, 28, 16, 'latin1');
  bytes.writeUInt16BE(path.length, 44);
  path.copy(bytes, PATH_OFFSET, 0, HEADER_BYTES - CHECKSUM_BYTES - PATH_OFFSET);
  checksum(bytes).copy(bytes, HEADER_BYTES - CHECKSUM_BYTES);
  return bytes;
}

/** @throws FaultError LUN-006 when `bytes` are not such a header, whole and sound */
export function decodeCloneHeader(file: string, bytes: Buffer): CloneHeader {
  if (bytes.toString('latin1', 0, 8) !== CLONE_MAGIC) throw damaged(file, 'it does not begin as one');
  if (!checksum(bytes).equals(bytes.subarray(HEADER_BYTES - CHECKSUM_BYTES)))
    throw damaged(file, 'its header is damaged');
  return {
    size_bytes: Number(bytes.readBigUInt64BE(8)),
    cluster_bytes: bytes.readUInt32BE(16),
    baseModifiedAt_ns: bytes.readBigInt64BE(20),
    serial: bytes.toString('latin1', 28, 44),
    basePath: bytes.toString('utf8', PATH_OFFSET, PATH_OFFSET + bytes.readUInt16BE(44)),
  };
}

export function damaged(file: string, what: string): FaultError {
  return new FaultError({ code: 'LUN-006', kind: 'clone.damaged', file, what });
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, HEADER_BYTES - CHECKSUM_BYTES))
    .digest();
}
