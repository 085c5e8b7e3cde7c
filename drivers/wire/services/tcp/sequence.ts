/**
 * Sequence numbers modulo 2^32 (RFC 9293, section 3.4), kept as signed 32-bit integers: V8 holds those unboxed, and
 * the difference of two of them, wrapped to 32 bits, is their signed distance wherever they lie.
 */
export function advance(sequence: number, by: number): number {
  return (sequence + by) | 0;
}

/** How far `to` lies beyond `from`; negative when it lies before. True while they are less than 2^31 apart. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}
