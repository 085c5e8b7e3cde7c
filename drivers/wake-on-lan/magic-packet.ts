/** Six bytes of a MAC address or of a SecureOn password, from `01:02:03:04:05:06`; null where it is none. */
export function sixBytes(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return null;
  return Uint8Array.from(text.split(/[:-]/), (pair) => Number.parseInt(pair, 16));
}

/**
 * What a sleeping NIC looks for in any frame: six bytes of ones, its address sixteen times, and the password if it
 * wants one. 102 bytes, or 108.
 *
 * @param mac       six bytes
 * @param password  six bytes, or none
 * @see AMD, Magic Packet Technology, white paper 20213, section 2; SecureOn: National DP83815, section 3.12
 */
export function magicPacket(mac: Uint8Array, password: Uint8Array = new Uint8Array()): Uint8Array {
  const ones = Array.from({ length: 6 }, () => 0xff);
  const addresses = Array.from({ length: 16 }, () => [...mac]);
  return Uint8Array.from([...ones, ...addresses.flat(), ...password]);
}
