import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';

/** A partclone image of an imaginary file system: header, bitmap, blocks of noise that `seed` decides. */
export interface StreamShape {
  readonly fileSystem: string;
  readonly blocks: number;
  readonly used: number;
  readonly seed: number;
}

const BLOCK_BYTES = 1024;
const BLOCKS_PER_CHECKSUM = 16;

export function partcloneStream({ fileSystem, blocks, used, seed }: StreamShape): Buffer {
  const header = Buffer.alloc(110);
  header.write('partclone-image', 0, 'latin1');
  header.write('0.3.23', 16, 'latin1');
  header.write('0002', 30, 'latin1');
  header.writeUInt16LE(0xc0de, 34);
  header.write(fileSystem, 36, 'latin1');
  header.writeBigUInt64LE(BigInt(blocks * BLOCK_BYTES), 52);
  header.writeBigUInt64LE(BigInt(blocks), 60);
  header.writeBigUInt64LE(BigInt(used), 68);
  header.writeBigUInt64LE(BigInt(used), 76);
  header.writeUInt32LE(BLOCK_BYTES, 84);
  header.writeUInt32LE(18, 88);
  header.writeUInt16LE(2, 92);
  header.writeUInt16LE(64, 94);
  header.writeUInt16LE(32, 96);
  header.writeUInt16LE(4, 98);
  header.writeUInt32LE(BLOCKS_PER_CHECKSUM, 100);
  header.writeUInt8(1, 104);
  header.writeUInt8(1, 105);
  header.writeUInt32LE(~crc32(header.subarray(0, 106)) >>> 0, 106);
  const bitmap = Buffer.alloc(Math.ceil(blocks / 8));
  for (let block = 0; block < used; block += 1) {
    const byte = block >> 3;
    bitmap[byte] = (bitmap[byte] ?? 0) | (1 << (block & 7));
  }
  const bitmapSum = Buffer.alloc(4);
  bitmapSum.writeUInt32LE(~crc32(bitmap) >>> 0);
  const data = noise(used * BLOCK_BYTES + Math.ceil(used / BLOCKS_PER_CHECKSUM) * 4, seed);
  return Buffer.concat([header, bitmap, bitmapSum, data]);
}

/** A fixed sequence (Numerical Recipes' generator), so that what is found stays found. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export const SMALL: StreamShape = { fileSystem: 'EXTFS', blocks: 100, used: 37, seed: 1 };

export const SMALL_DUMP = [
  'label: dos',
  'label-id: 0x12345678',
  'device: /dev/sda',
  'unit: sectors',
  'sector-size: 512',
  '',
  '/dev/sda1 : start=        2048, size=        2048, type=83, bootable',
  '/dev/sda2 : start=        4096, size=        2048, type=82',
  '/dev/sda3 : start=        6144, size=        2048, type=83',
  '',
].join('\n');

/** The files of a small image: sda1 in three parts, sda3 in one; by name, to be changed at will. */
export function smallImage(): Map<string, Buffer> {
  const one = gzipSync(partcloneStream(SMALL));
  const third = gzipSync(partcloneStream({ ...SMALL, used: 5, seed: 3 }));
  const cut = Math.ceil(one.length / 3);
  return new Map([
    ['disk', Buffer.from('sda\n')],
    ['parts', Buffer.from('sda1 sda3\n')],
    ['sda-pt.sf', Buffer.from(SMALL_DUMP)],
    ['sda-mbr', Buffer.alloc(512, 0x5a)],
    ['swappt-sda2.info', Buffer.from('UUID="2fb972c3-4db3-4e55-96b2-a02bfe644a4a"\nLABEL="swp"\n')],
    ['sda1.ext4-ptcl-img.gz.aa', one.subarray(0, cut)],
    ['sda1.ext4-ptcl-img.gz.ab', one.subarray(cut, 2 * cut)],
    ['sda1.ext4-ptcl-img.gz.ac', one.subarray(2 * cut)],
    ['sda3.ext3-ptcl-img.gz.aa', third],
  ]);
}

export function writeImage(directory: string, files: ReadonlyMap<string, Uint8Array>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  return directory;
}
