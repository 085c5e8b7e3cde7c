import { crc32 } from './crc32.js';

/** What stands at the head of a partclone image, version 0002. */
export interface PartcloneHeader {
  /** As partclone calls it: `EXTFS`, `FAT16`. */
  readonly fileSystem: string;
  /** Of the file system; a partition may be some sectors larger. */
  readonly size_bytes: number;
  readonly block_bytes: number;
  readonly blocks: number;
  readonly usedBlocks: number;
  readonly checksum_bytes: number;
  /** One checksum stands behind so many blocks, and behind the last ones. */
  readonly blocksPerChecksum: number;
}

/** Header and its CRC. */
export const HEADER_BYTES = 110;
const CRC_AT = 106;
const MAGIC = 'partclone-image';
const LITTLE_ENDIAN = 0xc0de;
const BITMAP_CRC_BYTES = 4;
/** The bits of the block bitmap, packed eight to a byte (BM_BIT). */
const BITMAP_OF_BITS = 1;

/**
 * Reads the header of a partclone image.
 *
 * @param bytes at least HEADER_BYTES, from the start of the stream
 * @returns a text where it is none, or is damaged: what is wrong with it
 * @see partclone 0.3, IMAGE_FORMATS.md: version 0002; numbers are little-endian and packed
 */
export function readPartcloneHeader(bytes: Uint8Array): PartcloneHeader | string {
  if (bytes.length < HEADER_BYTES) return `it ends after ${bytes.length} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (textAt(bytes, 0, 16) !== MAGIC) return 'it does not begin as a partclone image';
  const version = textAt(bytes, 30, 4);
  if (version !== '0002') return `its version is ${JSON.stringify(version)}, and only 0002 is known`;
  if (view.getUint16(34, true) !== LITTLE_ENDIAN) return 'it was written by a big-endian computer';
  // The CRC is stored as it stands in the register, without the last inversion.
  if (~crc32(bytes.subarray(0, CRC_AT)) >>> 0 !== view.getUint32(CRC_AT, true)) return 'its header is damaged';
  if (view.getUint8(105) !== BITMAP_OF_BITS) return 'its block bitmap is of another kind than one bit a block';
  const header: PartcloneHeader = {
    fileSystem: textAt(bytes, 36, 16),
    size_bytes: Number(view.getBigUint64(52, true)),
    block_bytes: view.getUint32(84, true),
    blocks: Number(view.getBigUint64(60, true)),
    usedBlocks: Number(view.getBigUint64(76, true)),
    checksum_bytes: view.getUint16(98, true),
    blocksPerChecksum: view.getUint32(100, true),
  };
  return complaintAbout(header) ?? header;
}

/** A header that lies must not make anybody reckon with nonsense. */
function complaintAbout(header: PartcloneHeader): string | null {
  const { size_bytes, block_bytes, blocks, usedBlocks, checksum_bytes } = header;
  if (!Number.isSafeInteger(size_bytes) || !Number.isSafeInteger(blocks * block_bytes)) return 'its sizes are absurd';
  if (block_bytes === 0 || blocks === 0) return 'it has no blocks';
  if (usedBlocks > blocks) return `it has ${usedBlocks} used blocks of ${blocks}`;
  if (blocks * block_bytes > size_bytes) return 'its blocks reach beyond its end';
  return checksum_bytes > 64 ? `its checksums have ${checksum_bytes} bytes` : null;
}

/** Where the block bitmap ends and the blocks begin. */
export function bitmapBytes({ blocks }: PartcloneHeader): number {
  return Math.ceil(blocks / 8);
}

/** How long the whole stream is; every byte of it follows from the header. */
export function streamBytes(header: PartcloneHeader): number {
  const { usedBlocks, block_bytes, checksum_bytes, blocksPerChecksum } = header;
  const checksums = blocksPerChecksum === 0 ? 0 : Math.ceil(usedBlocks / blocksPerChecksum);
  const blocks_bytes = usedBlocks * block_bytes + checksums * checksum_bytes;
  return HEADER_BYTES + bitmapBytes(header) + BITMAP_CRC_BYTES + blocks_bytes;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const until = bytes.subarray(at, at + length);
  const end = until.indexOf(0);
  return String.fromCharCode(...(end === -1 ? until : until.subarray(0, end)));
}
