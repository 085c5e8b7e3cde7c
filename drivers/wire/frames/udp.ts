import { HEADROOM_BYTES } from '../ip-link.js';
import { checksumOf, pseudoHeaderSum, sumWords } from './checksum.js';
import { IP_PROTOCOL, type Ipv4Packet } from './ipv4.js';
import type { Ipv4 } from '../address.js';

export const UDP_HEADER_BYTES = 8;

export interface UdpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Offsets into the frame. */
  readonly payloadAt: number;
  readonly endAt: number;
}

export interface UdpEnds {
  readonly source: Ipv4;
  readonly sourcePort: number;
  readonly destination: Ipv4;
  readonly destinationPort: number;
}

/**
 * @returns null when the packet is not UDP, or its length does not fit into the packet; the checksum is not looked at
 * @see RFC 768
 */
export function readUdp(frame: Buffer, packet: Ipv4Packet): UdpSegment | null {
  const at = packet.payloadAt;
  if (packet.protocol !== IP_PROTOCOL.udp || packet.isFragment || packet.endAt - at < UDP_HEADER_BYTES) return null;
  const length_bytes = frame.readUInt16BE(at + 4);
  if (length_bytes < UDP_HEADER_BYTES || at + length_bytes > packet.endAt) return null;
  return {
    sourcePort: frame.readUInt16BE(at),
    destinationPort: frame.readUInt16BE(at + 2),
    payloadAt: at + UDP_HEADER_BYTES,
    endAt: at + length_bytes,
  };
}

/** A checksum of zero says that there is none, and counts as right. */
export function isUdpChecksumRight(frame: Buffer, packet: Ipv4Packet): boolean {
  const at = packet.payloadAt;
  if (frame.readUInt16BE(at + 6) === 0) return true;
  const length_bytes = frame.readUInt16BE(at + 4);
  const pseudo = pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL.udp) + length_bytes;
  return checksumOf(pseudo + sumWords(frame, at, at + length_bytes)) === 0;
}

/** A frame with HEADROOM_BYTES free, then UDP header and payload, checksum filled in. */
export function udpPacket(ends: UdpEnds, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADROOM_BYTES + UDP_HEADER_BYTES + payload.length);
  const length_bytes = UDP_HEADER_BYTES + payload.length;
  frame.writeUInt16BE(ends.sourcePort, HEADROOM_BYTES);
  frame.writeUInt16BE(ends.destinationPort, HEADROOM_BYTES + 2);
  frame.writeUInt16BE(length_bytes, HEADROOM_BYTES + 4);
  frame.writeUInt16BE(0, HEADROOM_BYTES + 6);
  payload.copy(frame, HEADROOM_BYTES + UDP_HEADER_BYTES);
  const pseudo = pseudoHeaderSum(ends.source, ends.destination, IP_PROTOCOL.udp) + length_bytes;
  const checksum = checksumOf(pseudo + sumWords(frame, HEADROOM_BYTES, frame.length));
  // Zero would say "no checksum"; its other form in ones' complement is 0xffff.
  frame.writeUInt16BE(checksum === 0 ? 0xffff : checksum, HEADROOM_BYTES + 6);
  return frame;
}
