/** A second, plain codec of TCP segments, to hold ours against: byte by byte, numbers unsigned, options as bytes. */
export interface PlainSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: string;
  readonly window: number;
  readonly options: readonly number[];
  readonly payload: Buffer;
}

const LETTERS = 'FSRPAU';
export const TWO_32 = 2 ** 32;

/** @param ends source and destination address */
export function encodePlain(segment: PlainSegment, ends: readonly [number, number]): Buffer {
  const options = [...segment.options];
  while (options.length % 4 !== 0) options.push(0);
  const header = [
    ...word(segment.sourcePort),
    ...word(segment.destinationPort),
    ...long(segment.sequence),
    ...long(segment.acknowledgment),
    (5 + options.length / 4) * 16,
    segment.flags.split('').reduce((bits, letter) => bits | (1 << LETTERS.indexOf(letter)), 0),
    ...word(segment.window),
    0,
    0,
    0,
    0,
    ...options,
  ];
  const bytes = Buffer.concat([Buffer.from(header), segment.payload]);
  bytes.writeUInt16BE(plainChecksum(bytes, ends), 16);
  return bytes;
}

/** @returns null when the checksum is wrong */
export function decodePlain(bytes: Buffer, ends: readonly [number, number]): PlainSegment | null {
  if (bytes.length < 20 || plainChecksum(bytes, ends) !== 0) return null;
  const headerLength = (bytes.readUInt8(12) >> 4) * 4;
  return {
    sourcePort: bytes.readUInt16BE(0),
    destinationPort: bytes.readUInt16BE(2),
    sequence: bytes.readUInt32BE(4),
    acknowledgment: bytes.readUInt32BE(8),
    flags: LETTERS.split('')
      .filter((_, bit) => (bytes.readUInt8(13) & (1 << bit)) !== 0)
      .join(''),
    window: bytes.readUInt16BE(14),
    options: [...bytes.subarray(20, headerLength)],
    payload: bytes.subarray(headerLength),
  };
}

/** The checksum as RFC 1071 words it: 16-bit words added up, one after the other. */
export function plainChecksum(segment: Buffer, ends: readonly [number, number]): number {
  const all = [...long(ends[0]), ...long(ends[1]), 0, 6, ...word(segment.length), ...segment];
  if (all.length % 2 === 1) all.push(0);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) {
    sum += (all[at] ?? 0) * 256 + (all[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

function word(value: number): readonly number[] {
  return [(value >> 8) & 255, value & 255];
}

function long(value: number): readonly number[] {
  return [...word(Math.floor(value / 0x10000)), ...word(value % 0x10000)];
}
