import { readIpv4, type Ipv4 } from '../address.js';
import { HEADROOM_BYTES } from '../ip-link.js';
import { checksumOf, sumWords } from './checksum.js';
import { ETHER_TYPE, ETHERNET_HEADER_BYTES } from './ethernet.js';

/** Without options, as we send it. */
export const IPV4_HEADER_BYTES = 20;

/** @see IANA, assigned internet protocol numbers */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

const VERSION_4_FIVE_WORDS = 0x45;
const DO_NOT_FRAGMENT = 0x4000;
/** More-fragments flag and fragment offset. */
const FRAGMENT_BITS = 0x3fff;
/** RFC 1700's recommended default. */
const TIME_TO_LIVE = 64;

export interface Ipv4Packet {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  /** True for a first, middle or last fragment: the payload is not a whole segment. */
  readonly isFragment: boolean;
  /** Offsets into the frame: the header begins, the payload begins, the packet ends (padding follows). */
  readonly headerAt: number;
  readonly payloadAt: number;
  readonly endAt: number;
}

export interface Ipv4Header {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly identification: number;
}

/**
 * @param frame the whole Ethernet frame
 * @returns null when it is not IPv4, or its lengths do not fit into the frame; the checksum is not looked at
 * @see RFC 791, section 3.1
 */
export function readIpv4Packet(frame: Buffer): Ipv4Packet | null {
  if (frame.length < HEADROOM_BYTES || frame.readUInt16BE(12) !== ETHER_TYPE.ipv4) return null;
  const first = frame.readUInt8(ETHERNET_HEADER_BYTES);
  const header_bytes = (first & 15) * 4;
  const endAt = ETHERNET_HEADER_BYTES + frame.readUInt16BE(16);
  const payloadAt = ETHERNET_HEADER_BYTES + header_bytes;
  if (first >> 4 !== 4 || header_bytes < IPV4_HEADER_BYTES || payloadAt > endAt || endAt > frame.length) return null;
  return {
    source: readIpv4(frame, 26),
    destination: readIpv4(frame, 30),
    protocol: frame.readUInt8(23),
    isFragment: (frame.readUInt16BE(20) & FRAGMENT_BITS) !== 0,
    headerAt: ETHERNET_HEADER_BYTES,
    payloadAt,
    endAt,
  };
}

export function isIpv4ChecksumRight(frame: Buffer, packet: Ipv4Packet): boolean {
  return checksumOf(sumWords(frame, packet.headerAt, packet.payloadAt)) === 0;
}

/** Fills bytes 14 to 34 of `frame`; the packet ends where the frame ends. Never to be fragmented. */
export function writeIpv4Header(frame: Buffer, header: Ipv4Header): void {
  frame.writeUInt16BE(VERSION_4_FIVE_WORDS << 8, 14);
  frame.writeUInt16BE(frame.length - ETHERNET_HEADER_BYTES, 16);
  frame.writeUInt16BE(header.identification, 18);
  frame.writeUInt16BE(DO_NOT_FRAGMENT, 20);
  frame.writeUInt16BE((TIME_TO_LIVE << 8) | header.protocol, 22);
  frame.writeUInt16BE(0, 24);
  frame.writeUInt32BE(header.source, 26);
  frame.writeUInt32BE(header.destination, 30);
  frame.writeUInt16BE(checksumOf(sumWords(frame, ETHERNET_HEADER_BYTES, HEADROOM_BYTES)), 24);
}
