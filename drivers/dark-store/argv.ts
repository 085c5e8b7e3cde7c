import { partcloneOf, type FileSystem } from '../../core/image/file-systems.js';
import type { Compression } from '../../core/image/part-name.js';

export type Argv = readonly [string, ...string[]];

/** partclone's buffer, as Clonezilla has it; blocks between two checksums of the stream follow from it. */
const BUFFER_BYTES = 10_485_760;
/** -f 0: the thread that shows progress sleeps so many seconds a turn, and partclone waits for it at the end. */
const QUICK = ['-f', '0', '-q'];

/** Reads a file system, or all there is; the image goes to stdout. */
export function saveArgv(fileSystem: FileSystem, source: string, log: string): Argv {
  const program = partcloneOf(fileSystem);
  if (program === null) return joinArgv([source]);
  const words = [...QUICK, '-z', String(BUFFER_BYTES), '-L', log];
  return [program, ...words, '-c', '-s', source, '-o', '-'];
}

/** Writes the image that comes on stdin into a file or device, `offset_bytes` from its start. */
export function restoreArgv(options: { path: string; offset_bytes: number; log: string }): Argv {
  const { path, offset_bytes, log } = options;
  const offset = offset_bytes === 0 ? [] : ['-E', String(offset_bytes)];
  // -C: a regular file has no size that partclone could hold against the file system's; we have looked.
  return ['partclone.restore', ...QUICK, '-z', String(BUFFER_BYTES), '-L', log, '-C', ...offset, '-s', '-', '-O', path];
}

/** Writes the bytes that come on stdin; into a new file without those blocks that are zero anyway. */
export function restoreRawArgv(options: { path: string; offset_bytes: number; isSparse: boolean }): Argv {
  const { path, offset_bytes, isSparse } = options;
  const place = [`of=${path}`, 'oflag=seek_bytes', `seek=${offset_bytes}`];
  const conversion = isSparse ? 'conv=notrunc,sparse' : 'conv=notrunc';
  return ['dd', 'bs=1M', 'iflag=fullblock', 'status=none', conversion, ...place];
}

/** Level and options are Clonezilla's own, so that the images are as large as it would make them. */
export function compressArgv(compression: Compression, hasPigz: boolean): Argv {
  if (compression === 'zstd') return ['zstd', '-c', '-q', '-3', '-T0'];
  return hasPigz ? ['pigz', '-c', '--fast', '-b', '1024', '--rsyncable'] : ['gzip', '-c', '--fast'];
}

/** Cuts what comes on stdin into files of `split_bytes`: PREFIXaa, PREFIXab... as Clonezilla does it. */
export function splitArgv(split_bytes: number, prefix: string): Argv {
  return ['split', '-a', '2', '-b', String(split_bytes), '-', prefix];
}

export function joinArgv(files: readonly string[]): Argv {
  return ['cat', '--', ...files];
}

/** For what lies on our shelf: its checksum is known. */
export function decompressArgv(compression: Compression, hasPigz: boolean): Argv {
  if (compression === 'zstd') return ['zstd', '-d', '-c', '-q'];
  return hasPigz ? ['pigz', '-d', '-c'] : strictDecompressArgv('gzip');
}

/** For what comes from elsewhere: gzip says what stands behind the stream by its exit code, pigz never does. */
export function strictDecompressArgv(compression: Compression): Argv {
  return compression === 'zstd' ? decompressArgv('zstd', false) : ['gzip', '-d', '-c'];
}

/** Copies a partition out of a disk image; its holes are not read, and shared where the file system can. */
export function cutOutArgv(options: { disk: string; offset_bytes: number; size_bytes: number; target: string }): Argv {
  const { disk, offset_bytes, size_bytes, target } = options;
  // A comma in a value is written twice (QEMU, option syntax).
  const file = `file.driver=file,file.filename=${disk.replaceAll(',', ',,')}`;
  const source = `driver=raw,offset=${offset_bytes},size=${size_bytes},${file}`;
  return ['qemu-img', 'convert', '-C', '-O', 'raw', '--image-opts', source, target];
}
