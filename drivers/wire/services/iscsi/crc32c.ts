/** Reversed Castagnoli polynomial (RFC 7143, section 13.1). */
const POLYNOMIAL = 0x82f63b78;
/** Eight tables of 256 one after another: eight bytes a step instead of one. */
const TABLES = makeTables();

/** CRC32C of `bytes`, going on from `previous` (the CRC of what came before, 0 at the start). Unsigned. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let at = 0;
  for (const last = bytes.length - 8; at <= last; at += 8) {
    const low = crc ^ word(bytes, at);
    const high = word(bytes, at + 4);
    crc =
      row(1792 + (low & 255)) ^
      row(1536 + ((low >>> 8) & 255)) ^
      row(1280 + ((low >>> 16) & 255)) ^
      row(1024 + (low >>> 24)) ^
      row(768 + (high & 255)) ^
      row(512 + ((high >>> 8) & 255)) ^
      row(256 + ((high >>> 16) & 255)) ^
      row(high >>> 24);
  }
  for (; at < bytes.length; at++) crc = row((crc ^ (bytes[at] ?? 0)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function row(index: number): number {
  return TABLES[index] ?? 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] ?? 0;
    tables[index] = (before >>> 8) ^ (tables[before & 255] ?? 0);
  }
  return tables;
}
