import { readIpv4, readMac, type Ipv4, type Mac } from '../address.js';
import { ETHER_TYPE, ETHERNET_HEADER_BYTES, writeEthernet } from './ethernet.js';

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
/** 14 of Ethernet and 28 of ARP for Ethernet and IPv4. */
export const ARP_FRAME_BYTES = 42;

/** The first 8 bytes, as one number each: hardware type 1, protocol 0x0800; sizes 6 and 4 (RFC 826). */
const ETHERNET_AND_IPV4 = 0x00010800;
const SIZES = 0x0604;

export interface Arp {
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderAddress: Ipv4;
  readonly targetMac: Mac;
  readonly targetAddress: Ipv4;
}

/**
 * @param frame the whole Ethernet frame
 * @returns null when it is not ARP for Ethernet and IPv4
 */
export function readArp(frame: Buffer): Arp | null {
  if (frame.length < ARP_FRAME_BYTES || frame.readUInt16BE(12) !== ETHER_TYPE.arp) return null;
  if (frame.readUInt32BE(14) !== ETHERNET_AND_IPV4 || frame.readUInt16BE(18) !== SIZES) return null;
  return {
    operation: frame.readUInt16BE(20),
    senderMac: readMac(frame, 22),
    senderAddress: readIpv4(frame, 28),
    targetMac: readMac(frame, 32),
    targetAddress: readIpv4(frame, 38),
  };
}

/** A whole frame, to `destination` on Ethernet. */
export function arpFrame(destination: Mac, arp: Arp): Buffer {
  const frame = Buffer.allocUnsafe(ARP_FRAME_BYTES);
  writeEthernet(frame, { destination, source: arp.senderMac, type: ETHER_TYPE.arp });
  frame.writeUInt32BE(ETHERNET_AND_IPV4, ETHERNET_HEADER_BYTES);
  frame.writeUInt16BE(SIZES, 18);
  frame.writeUInt16BE(arp.operation, 20);
  frame.writeUIntBE(arp.senderMac, 22, 6);
  frame.writeUInt32BE(arp.senderAddress, 28);
  frame.writeUIntBE(arp.targetMac, 32, 6);
  frame.writeUInt32BE(arp.targetAddress, 38);
  return frame;
}
