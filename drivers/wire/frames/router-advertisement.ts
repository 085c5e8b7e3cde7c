import { readMac, type Mac } from '../address.js';
import { checksumOf, sumWords } from './checksum.js';
import { ETHER_TYPE, ETHERNET_HEADER_BYTES, writeEthernet } from './ethernet.js';
import { IP_PROTOCOL } from './ipv4.js';

const IPV6_HEADER_BYTES = 40;
const ICMPV6_AT = ETHERNET_HEADER_BYTES + IPV6_HEADER_BYTES;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
/** Type, code, checksum, hop limit, flags, lifetime, reachable time, retransmission timer (RFC 4861, section 4.2). */
const ADVERTISEMENT_BYTES = 16;
const ROUTER_LIFETIME_S = 1800;
/** Neighbour discovery is only believed with a hop limit that no router has lessened (RFC 4861, section 6.1.2). */
const HOP_LIMIT = 255;
/** 33:33:00:00:00:01, the Ethernet form of ff02::1 (RFC 2464, section 7). */
const ALL_NODES_MAC = Buffer.from('333300000001', 'hex');
const ALL_NODES = Buffer.from('ff020000000000000000000000000001', 'hex');

export function isRouterSolicitation(frame: Buffer): boolean {
  return (
    frame.length >= ICMPV6_AT + 8 &&
    frame.readUInt16BE(12) === ETHER_TYPE.ipv6 &&
    frame.readUInt8(14) >> 4 === 6 &&
    frame.readUInt8(20) === IP_PROTOCOL.icmpv6 &&
    frame.readUInt16BE(ICMPV6_AT) === ROUTER_SOLICITATION << 8
  );
}

/**
 * A whole frame to all nodes that offers no prefix. It only says that a router is there: firmware that asked for one
 * (Debian's iPXE) goes on at once instead of after 16 s.
 */
export function routerAdvertisement(source: Mac): Buffer {
  const frame = Buffer.alloc(ICMPV6_AT + ADVERTISEMENT_BYTES);
  writeEthernet(frame, { destination: readMac(ALL_NODES_MAC, 0), source, type: ETHER_TYPE.ipv6 });
  frame.writeUInt8(0x60, 14);
  frame.writeUInt16BE(ADVERTISEMENT_BYTES, 18);
  frame.writeUInt8(IP_PROTOCOL.icmpv6, 20);
  frame.writeUInt8(HOP_LIMIT, 21);
  writeLinkLocal(frame, 22, source);
  ALL_NODES.copy(frame, 38);
  frame.writeUInt8(ROUTER_ADVERTISEMENT, ICMPV6_AT);
  frame.writeUInt8(64, ICMPV6_AT + 4);
  frame.writeUInt16BE(ROUTER_LIFETIME_S, ICMPV6_AT + 6);
  // Pseudo header: both addresses, length, next header (RFC 8200, section 8.1).
  const pseudo = sumWords(frame, 22, ICMPV6_AT) + ADVERTISEMENT_BYTES + IP_PROTOCOL.icmpv6;
  frame.writeUInt16BE(checksumOf(pseudo + sumWords(frame, ICMPV6_AT, frame.length)), ICMPV6_AT + 2);
  return frame;
}

/** fe80::/64 with the modified EUI-64 of the MAC address (RFC 4291, appendix A). */
function writeLinkLocal(frame: Buffer, at: number, mac: Mac): void {
  frame.writeUInt16BE(0xfe80, at);
  frame.writeUIntBE(mac, at + 10, 6);
  frame.copyWithin(at + 8, at + 10, at + 13);
  frame.writeUInt8(frame.readUInt8(at + 8) ^ 2, at + 8);
  frame.writeUInt16BE(0xfffe, at + 11);
}
