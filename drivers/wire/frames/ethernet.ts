import { readMac, type Mac } from '../address.js';

/** Destination, source and type; no VLAN tag. */
export const ETHERNET_HEADER_BYTES = 14;

/** @see IANA, IEEE 802 numbers */
export const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

export interface EthernetHeader {
  readonly destination: Mac;
  readonly source: Mac;
  readonly type: number;
}

/** @returns null when the frame is shorter than its header */
export function readEthernet(frame: Buffer): EthernetHeader | null {
  if (frame.length < ETHERNET_HEADER_BYTES) return null;
  return { destination: readMac(frame, 0), source: readMac(frame, 6), type: frame.readUInt16BE(12) };
}

/** Fills the first 14 bytes. */
export function writeEthernet(frame: Buffer, header: EthernetHeader): void {
  frame.writeUIntBE(header.destination, 0, 6);
  frame.writeUIntBE(header.source, 6, 6);
  frame.writeUInt16BE(header.type, 12);
}

/** Broadcast and multicast: the lowest bit of the first byte (IEEE 802-2014, section 8.2.2). */
export function isGroupAddress(mac: Mac): boolean {
  return (Math.floor(mac / 0x10000000000) & 1) === 1;
}
