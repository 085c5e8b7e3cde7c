const BITS_OF = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** How many bits of the bytes are set. */
export function countBits(bitmap: Uint8Array): number {
  let count = 0;
  for (const byte of bitmap) count += BITS_OF[byte] ?? 0;
  return count;
}

/** Numbers of the set bits: 0 is the lowest bit of the first byte. */
export function bitsIn(bitmap: Uint8Array): readonly number[] {
  const bits: number[] = [];
  bitmap.forEach((byte, index) => {
    for (let bit = 0; byte >>> bit > 0; bit++) if ((byte >>> bit) & 1) bits.push(8 * index + bit);
  });
  return bits;
}
