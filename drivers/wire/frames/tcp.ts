import { checksumOf, pseudoHeaderSum, sumWords } from './checksum.js';
import { IP_PROTOCOL, type Ipv4Packet } from './ipv4.js';

const TCP_HEADER_BYTES = 20;

/** @see RFC 9293, section 3.1 */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 } as const;

/** A TCP segment as whoever only listens needs it. */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly flags: number;
  /** Offsets into the frame. */
  readonly payloadAt: number;
  readonly endAt: number;
}

/** @returns null when the packet is not TCP, or its header does not fit; the checksum is not looked at */
export function readTcp(frame: Buffer, packet: Ipv4Packet): TcpSegment | null {
  const at = packet.payloadAt;
  if (packet.protocol !== IP_PROTOCOL.tcp || packet.isFragment || packet.endAt - at < TCP_HEADER_BYTES) return null;
  const header_bytes = (frame.readUInt8(at + 12) >> 4) * 4;
  if (header_bytes < TCP_HEADER_BYTES || at + header_bytes > packet.endAt) return null;
  return {
    sourcePort: frame.readUInt16BE(at),
    destinationPort: frame.readUInt16BE(at + 2),
    sequence: frame.readUInt32BE(at + 4),
    flags: frame.readUInt8(at + 13),
    payloadAt: at + header_bytes,
    endAt: packet.endAt,
  };
}

export function isTcpChecksumRight(frame: Buffer, packet: Ipv4Packet): boolean {
  const { payloadAt: at, endAt } = packet;
  const pseudo = pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL.tcp) + endAt - at;
  return checksumOf(pseudo + sumWords(frame, at, endAt)) === 0;
}
