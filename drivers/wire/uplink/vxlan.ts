/** RFC 7348, section 5: flags, reserved, network identifier, reserved. */
export const VXLAN_HEADER_BYTES = 8;
/** The port that IANA gave VXLAN (RFC 7348, section 8). */
export const VXLAN_PORT = 4789;

const NETWORK_IS_VALID = 0x08;
const ETHERNET_HEADER_BYTES = 14;

/** @param network the VXLAN network identifier, 24 bits */
export function vxlanHeader(network: number): Buffer {
  const header = Buffer.alloc(VXLAN_HEADER_BYTES);
  header.writeUInt8(NETWORK_IS_VALID, 0);
  header.writeUIntBE(network, 4, 3);
  return header;
}

/**
 * The Ethernet frame within a VXLAN packet, a view of it. Reserved bits are not looked at (RFC 7348, section 5).
 * @returns null when it belongs to another network or holds no whole frame header
 */
export function vxlanFrame(packet: Buffer, network: number): Buffer | null {
  if (packet.length < VXLAN_HEADER_BYTES + ETHERNET_HEADER_BYTES) return null;
  if ((packet.readUInt8(0) & NETWORK_IS_VALID) === 0 || packet.readUIntBE(4, 3) !== network) return null;
  return packet.subarray(VXLAN_HEADER_BYTES);
}
