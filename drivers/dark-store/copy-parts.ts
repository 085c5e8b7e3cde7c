import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isRaw, isStreamOf } from '../../core/image/file-systems.js';
import type { PartitionFiles } from '../../core/image/directory.js';
import type { PartitionImage } from '../../core/image/manifest.js';
import type { Compression } from '../../core/image/part-name.js';
import { FaultError } from '../../core/faults/fault.js';
import type { RunningProcess } from '../process/start.js';
import { SumCheck, type Directory } from './add-clonezilla.js';
import { strictDecompressArgv } from './argv.js';
import { OutputFile } from './output-file.js';
import { Pipeline } from './pipeline.js';
import { openPlain, readChunks } from './read-chunks.js';
import { factsOf, rawFacts, type Work } from './save-partition.js';
import { StreamCheck, type CheckedStream } from './stream-check.js';

/** First bytes of each kind of compressed stream: RFC 1952, section 2.3.1; RFC 8878, section 3.1.1. */
const MAGIC: Readonly<Record<Compression, readonly number[]>> = {
  gzip: [0x1f, 0x8b, 8],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
};
/** CRC-32 and length modulo 2^32 of what was compressed end a gzip member: RFC 1952, section 2.3.1. */
const GZIP_TRAILER_BYTES = 8;

interface Copied {
  readonly size_bytes: number;
  readonly sha256: string;
  /** The last bytes of the stream. */
  readonly tail: Buffer;
}

/**
 * Copies the parts of a partition, and lets them run through their decompressor into a check of the whole stream.
 * @throws FaultError IMG-007, IMG-008, IMG-011, IMG-013, IMG-014
 */
export async function copyParts(directory: Directory, wanted: PartitionFiles, work: Work): Promise<PartitionImage> {
  const { device, fileSystem, compression, files } = wanted;
  const [first = ''] = files;
  checkMagic(join(directory.path, first), first, compression);
  const check = new StreamCheck({ isRaw: isRaw(fileSystem) });
  await using pipeline = new Pipeline(work.signal);
  const unpacker = pipeline.start({
    argv: strictDecompressArgv(compression),
    input: 'pipe',
    onOutput(bytes) {
      check.take(bytes);
      if (check.complaint !== null) throw bad(first, check.complaint);
    },
  });
  const copied = await feed(directory, files, { pipeline, unpacker, work });
  unpacker.closeInput();
  const { exitCode, errorTail } = await unpacker.ended;
  if (exitCode !== 0 && exitCode !== null) throw bad(first, errorTail.split('\n')[0] ?? 'it cannot be decompressed');
  pipeline.check();
  const checked = check.end();
  if (typeof checked === 'string') throw bad(first, checked);
  if (compression === 'gzip') checkTrailer(first, checked, copied.tail);
  const found = checked.header?.fileSystem ?? 'dd';
  if (checked.header !== null && !isStreamOf(fileSystem, found)) {
    throw new FaultError({ code: 'IMG-011', kind: 'fileSystem.differs', file: first, named: fileSystem, found });
  }
  const { size_bytes, sha256 } = copied;
  return {
    device,
    fileSystem,
    compression,
    files,
    stored: { size_bytes, sha256 },
    ...(checked.header === null ? rawFacts(checked.size_bytes) : factsOf(checked.header)),
  };
}

interface Feeding {
  readonly pipeline: Pipeline;
  readonly unpacker: RunningProcess;
  readonly work: Work;
}

async function feed(directory: Directory, files: readonly string[], feeding: Feeding): Promise<Copied> {
  const { pipeline, unpacker, work } = feeding;
  const whole = createHash('sha256');
  let size_bytes = 0;
  let tail = Buffer.alloc(0);
  for (const name of files) {
    const sums = new SumCheck(directory, name);
    const target = new OutputFile(work.workspace.pathOf(name), name);
    try {
      const path = join(directory.path, name);
      for await (const chunk of readChunks(openPlain(path, name), path)) {
        sums.take(chunk);
        whole.update(chunk);
        target.write(chunk);
        unpacker.write(chunk);
        await unpacker.drained();
        if (work.signal.aborted) pipeline.check();
        size_bytes += chunk.length;
        tail = Buffer.concat([tail, chunk.subarray(-GZIP_TRAILER_BYTES)]).subarray(-GZIP_TRAILER_BYTES);
        work.onProgress({ step: 'copying', what: name, done_bytes: size_bytes, total_bytes: null });
      }
      // Before whatever the decompressor says: a wrong checksum is the better reason.
      sums.end();
      work.workspace.add(await target.finish());
    } finally {
      target.close();
    }
  }
  return { size_bytes, sha256: whole.digest('hex'), tail };
}

/** Debian's zstd reads gzip too, and would hide that name and content differ. */
function checkMagic(path: string, file: string, compression: Compression): void {
  const expected = MAGIC[compression];
  const bytes = Buffer.alloc(expected.length);
  const descriptor = openPlain(path, file);
  try {
    if (fstatSync(descriptor).size > 0) readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  if (bytes.equals(Uint8Array.from(expected))) return;
  throw bad(file, `it does not begin as ${compression} does`);
}

/** gzip passes over zeros behind the stream in silence; then these are not its last bytes. */
function checkTrailer(file: string, { crc32, size_bytes }: CheckedStream, tail: Buffer): void {
  const isEnd =
    tail.length === GZIP_TRAILER_BYTES &&
    tail.readUInt32LE(0) === Number.parseInt(crc32, 16) &&
    tail.readUInt32LE(4) === size_bytes % 2 ** 32;
  if (!isEnd) throw bad(file, 'there is something behind the compressed stream');
}

function bad(file: string, what: string): FaultError {
  return new FaultError({ code: 'IMG-008', kind: 'stream.bad', file, what: what.slice(0, 200) });
}
