/**
 * Walks the blocks of a pcapng file as `CaptureFile` writes it: one section, little-endian, microseconds. Pure.
 *
 * @see IETF draft-ietf-opsawg-pcapng, sections 3.1 (blocks), 4.1 to 4.3
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_COMMENT = 1;
const OPTION_NAME = 2;
/** Type, both lengths. */
const LEAST_BLOCK_BYTES = 12;
/** Larger than any frame; what claims more is no block of ours. */
export const MOST_BLOCK_BYTES = 1 << 17;
const PACKET_HEADER_BYTES = 28;

/** An enhanced packet block, as offsets into the bytes that are walked. */
export interface PacketPlace {
  readonly blockAt: number;
  readonly interfaceNumber: number;
  readonly at_us: number;
  readonly frameAt: number;
  readonly endAt: number;
}

export interface BlockSink {
  /** The next interface, by its name. */
  readonly port: (name: string) => void;
  readonly packet: (place: PacketPlace) => void;
}

/** Where the walk stopped, at the beginning of a block; `isDamaged`: what is there can't be a block of ours. */
export interface Walked {
  readonly at: number;
  readonly isDamaged: boolean;
}

/** Walks whole blocks; the last one may be cut off, as it is still being written. */
export function walkBlocks(bytes: Buffer, sink: BlockSink): Walked {
  let at = 0;
  while (at + LEAST_BLOCK_BYTES <= bytes.length) {
    const type = bytes.readUInt32LE(at);
    const size_bytes = bytes.readUInt32LE(at + 4);
    const isBlock = size_bytes >= LEAST_BLOCK_BYTES && size_bytes % 4 === 0 && size_bytes <= MOST_BLOCK_BYTES;
    if (!isBlock) return { at, isDamaged: true };
    if (at + size_bytes > bytes.length) break;
    if (bytes.readUInt32LE(at + size_bytes - 4) !== size_bytes) return { at, isDamaged: true };
    if (type === SECTION_HEADER && bytes.readUInt32LE(at + 8) !== BYTE_ORDER_MAGIC) return { at, isDamaged: true };
    if (type === INTERFACE_DESCRIPTION) sink.port(nameIn(bytes, at + 16, at + size_bytes - 4));
    if (type === ENHANCED_PACKET && size_bytes >= PACKET_HEADER_BYTES + 4) {
      const endAt = at + PACKET_HEADER_BYTES + bytes.readUInt32LE(at + 20);
      if (endAt > at + size_bytes - 4) return { at, isDamaged: true };
      sink.packet({
        blockAt: at,
        interfaceNumber: bytes.readUInt32LE(at + 8),
        at_us: bytes.readUInt32LE(at + 12) * 0x100000000 + bytes.readUInt32LE(at + 16),
        frameAt: at + PACKET_HEADER_BYTES,
        endAt,
      });
    }
    at += size_bytes;
  }
  return { at, isDamaged: false };
}

/** Whether a fault rule took the frame: the one comment that is written. */
export function isLostAt(bytes: Buffer, { blockAt, endAt }: PacketPlace): boolean {
  const optionsAt = endAt + ((blockAt - endAt) & 3);
  return optionsAt + 4 <= bytes.length && bytes.readUInt16LE(optionsAt) === OPTION_COMMENT;
}

function nameIn(bytes: Buffer, from: number, end: number): string {
  for (let at = from; at + 4 <= end; ) {
    const [code, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (code === OPTION_NAME) return bytes.toString('utf8', at + 4, Math.min(end, at + 4 + length));
    if (code === 0) break;
    at += 4 + ((length + 3) & ~3);
  }
  return '';
}
