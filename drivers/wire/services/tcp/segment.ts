import type { Ipv4 } from '../../address.js';
import { packetMemory } from '../../frames/packet-memory.js';
import { HEADROOM_BYTES } from '../../ip-link.js';
import { segmentChecksum } from './checksum.js';

/** Control bits (RFC 9293, section 3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const HEADER_BYTES = 20;
const MSS_BYTES = 4;
/** With the no-operation that keeps it aligned. */
const WINDOW_SCALE_BYTES = 4;

/**
 * What we read of a segment and write into one. Mutable, as one of them is used again for every segment.
 * Sequence numbers are signed 32-bit integers (`sequence.ts`).
 */
export interface SegmentHeader {
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgment: number;
  flags: number;
  /** As it stands in the header, not yet scaled. */
  window: number;
  /** 0 when the option is not there. */
  mss_bytes: number;
  /** Shift count, -1 when the option is not there (RFC 7323, section 2.2). */
  windowScale: number;
}

export function blankHeader(): SegmentHeader {
  return {
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 0,
    mss_bytes: 0,
    windowScale: -1,
  };
}

/**
 * Reads the header of `segment` into `into`.
 * @returns where the payload starts; -1 when the segment is not well formed
 */
export function readSegment(segment: Buffer, into: SegmentHeader): number {
  if (segment.length < HEADER_BYTES) return -1;
  const payloadAt = (segment.readUInt8(12) >>> 4) * 4;
  if (payloadAt < HEADER_BYTES || payloadAt > segment.length) return -1;
  into.sourcePort = segment.readUInt16BE(0);
  into.destinationPort = segment.readUInt16BE(2);
  into.sequence = segment.readInt32BE(4);
  into.acknowledgment = segment.readInt32BE(8);
  into.flags = segment.readUInt8(13);
  into.window = segment.readUInt16BE(14);
  into.mss_bytes = 0;
  into.windowScale = -1;
  // Only a SYN carries options that we know.
  if ((into.flags & SYN) !== 0) readOptions(segment, payloadAt, into);
  return payloadAt;
}

function readOptions(segment: Buffer, end: number, into: SegmentHeader): void {
  let at = HEADER_BYTES;
  while (at < end) {
    const kind = segment.readUInt8(at);
    if (kind === 0) return;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? segment.readUInt8(at + 1) : 0;
    if (length < 2 || at + length > end) return;
    if (kind === 2 && length === 4) into.mss_bytes = segment.readUInt16BE(at + 2);
    if (kind === 3 && length === 3) into.windowScale = segment.readUInt8(at + 2);
    at += length;
  }
}

/** Where the payload of a packet made by `newPacket` starts. */
export function payloadOffset(header: SegmentHeader): number {
  return HEADROOM_BYTES + HEADER_BYTES + optionBytes(header);
}

function optionBytes(header: SegmentHeader): number {
  return (header.mss_bytes > 0 ? MSS_BYTES : 0) + (header.windowScale >= 0 ? WINDOW_SCALE_BYTES : 0);
}

/** @returns a packet with free headroom, the header and its options, and room for the payload; `seal` it when filled */
export function newPacket(header: SegmentHeader, payload_bytes: number): Buffer {
  const packet = packetMemory(payloadOffset(header) + payload_bytes);
  const at = HEADROOM_BYTES;
  packet.writeUInt16BE(header.sourcePort, at);
  packet.writeUInt16BE(header.destinationPort, at + 2);
  packet.writeInt32BE(header.sequence, at + 4);
  packet.writeInt32BE(header.acknowledgment, at + 8);
  packet[at + 12] = ((HEADER_BYTES + optionBytes(header)) >>> 2) << 4;
  packet[at + 13] = header.flags;
  packet.writeUInt16BE(header.window, at + 14);
  // Checksum, filled by `seal`, and urgent pointer, which we never use.
  packet.writeInt32BE(0, at + 16);
  if (optionBytes(header) > 0) writeOptions(packet, at + HEADER_BYTES, header);
  return packet;
}

function writeOptions(packet: Buffer, start: number, header: SegmentHeader): void {
  let at = start;
  if (header.mss_bytes > 0) {
    packet.writeUInt16BE(0x0204, at);
    packet.writeUInt16BE(header.mss_bytes, at + 2);
    at += MSS_BYTES;
  }
  if (header.windowScale >= 0) packet.writeUInt32BE(0x01030300 | header.windowScale, at);
}

/** Writes the checksum of a filled packet. */
export function seal(packet: Buffer, ends: { readonly from: Ipv4; readonly to: Ipv4 }): void {
  packet.writeUInt16LE(segmentChecksum(packet, HEADROOM_BYTES, ends), HEADROOM_BYTES + 16);
}
