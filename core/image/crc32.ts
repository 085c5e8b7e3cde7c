const POLYNOMIAL = 0xedb88320;

/** CRC-32 as in gzip and Ethernet; for headers: whole images have the platform's, which is a hundred times as fast. */
export function crc32(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ (register & 1 ? POLYNOMIAL : 0);
  }
  return ~register >>> 0;
}
