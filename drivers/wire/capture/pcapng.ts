import { assert } from '../../../core/unreachable.js';

/**
 * Blocks of a pcapng file, little-endian. Pure: bytes in, bytes out.
 *
 * @see IETF draft-ietf-opsawg-pcapng, sections 4.1 (section header), 4.2 (interface), 4.3 (enhanced packet)
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINKTYPE_ETHERNET = 1;

const OPTION = { comment: 1, name: 2, packetFlags: 2, application: 4, timestampResolution: 9 } as const;
/** 10^-6 s. */
const MICROSECONDS = 6;
/** Direction bits of epb_flags: seen coming in through the interface. */
const INBOUND = 1;

/** Type, length, interface, two halves of the timestamp, captured and original length. */
const PACKET_HEADER_BYTES = 28;
/** Code and length of epb_flags in one word. */
const FLAGS_OPTION = OPTION.packetFlags | (4 << 16);
/** epb_flags as option (8), end of options (4), length once more (4). */
const PACKET_TRAILER_BYTES = 16;
const LOST_COMMENT = optionBytes(OPTION.comment, Buffer.from('lost here by a fault rule'));

export interface CapturedPacket {
  /** Number of the interface's block in the section, from 0. */
  readonly interfaceNumber: number;
  /** Whole microseconds. */
  readonly at_us: number;
  readonly bytes: Buffer;
  /** Commented on as lost: it came in, and went nowhere. */
  readonly isLost: boolean;
}

/** Begins a file; says which program wrote it. */
export function sectionHeaderBlock(application: string): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  fixed.writeUInt16LE(1, 4);
  fixed.writeUInt16LE(0, 6);
  // Length of the section: not known, it is still being written.
  fixed.fill(0xff, 8);
  return block(SECTION_HEADER, [fixed, optionBytes(OPTION.application, Buffer.from(application))]);
}

/** Says that an Ethernet interface of this name exists; its number is its place among these blocks. */
export function interfaceBlock(name: string): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(LINKTYPE_ETHERNET, 0);
  const resolution = optionBytes(OPTION.timestampResolution, Buffer.from([MICROSECONDS]));
  return block(INTERFACE_DESCRIPTION, [fixed, optionBytes(OPTION.name, Buffer.from(name)), resolution]);
}

/** Size of the block that `writePacketBlock` writes. */
export function packetBlockBytes(packet: CapturedPacket): number {
  const comment_bytes = packet.isLost ? LOST_COMMENT.length : 0;
  return PACKET_HEADER_BYTES + padded(packet.bytes.length) + comment_bytes + PACKET_TRAILER_BYTES;
}

/** Where blocks are written: the same memory as bytes and as words, since a word at a time is several times faster. */
export interface BlockTarget {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

export function blockTarget(size_bytes: number): BlockTarget {
  assert(new Uint8Array(Uint32Array.of(1).buffer)[0] === 1, 'words are written in the order of the file');
  const bytes = Buffer.allocUnsafeSlow(size_bytes);
  return { bytes, words: new Uint32Array(bytes.buffer) };
}

/** Writes into `target` at `at`, a multiple of 4 where `packetBlockBytes` are free, without allocating. */
export function writePacketBlock({ bytes: target, words }: BlockTarget, at: number, packet: CapturedPacket): void {
  const { bytes, at_us } = packet;
  const size_bytes = packetBlockBytes(packet);
  const word = at >>> 2;
  words[word] = ENHANCED_PACKET;
  words[word + 1] = size_bytes;
  words[word + 2] = packet.interfaceNumber;
  words[word + 3] = Math.floor(at_us / 0x100000000);
  words[word + 4] = at_us % 0x100000000;
  words[word + 5] = bytes.length;
  words[word + 6] = bytes.length;
  const end = at + PACKET_HEADER_BYTES + padded(bytes.length);
  // What pads the last word is zero: written first, then the bytes over it.
  if ((bytes.length & 3) !== 0) words[(end >>> 2) - 1] = 0;
  target.set(bytes, at + PACKET_HEADER_BYTES);
  const trailerAt = packet.isLost ? end + LOST_COMMENT.copy(target, end) : end;
  const trailer = trailerAt >>> 2;
  words[trailer] = FLAGS_OPTION;
  words[trailer + 1] = INBOUND;
  words[trailer + 2] = 0;
  words[trailer + 3] = size_bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function optionBytes(code: number, value: Buffer): Buffer {
  const option = Buffer.alloc(4 + padded(value.length));
  option.writeUInt16LE(code, 0);
  option.writeUInt16LE(value.length, 2);
  value.copy(option, 4);
  return option;
}

/** Frames the parts, options last, with type, end of options and the length at both ends. */
function block(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size_bytes = 16 + body.length;
  const bytes = Buffer.alloc(size_bytes);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(size_bytes, 4);
  body.copy(bytes, 8);
  bytes.writeUInt32LE(size_bytes, size_bytes - 4);
  return bytes;
}
