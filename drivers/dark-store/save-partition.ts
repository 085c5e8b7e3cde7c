import type { FileSystem } from '../../core/image/file-systems.js';
import type { PartitionImage } from '../../core/image/manifest.js';
import type { Compression } from '../../core/image/part-name.js';
import { streamBytes } from '../../core/image/partclone-header.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError } from '../../core/faults/fault.js';
import { findProgram } from '../process/program.js';
import { compressArgv, saveArgv } from './argv.js';
import { PartWriter } from './part-writer.js';
import { Pipeline } from './pipeline.js';
import type { OnProgress } from './progress.js';
import { StreamCheck, type CheckedStream } from './stream-check.js';
import type { Workspace } from './workspace.js';

export interface SaveRequest {
  /** A file or device that begins with the file system. */
  readonly source: string;
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly compression: Compression;
  readonly split_bytes: number;
}

/** What a save is given beside its request. */
export interface Work {
  readonly workspace: Workspace;
  readonly signal: AbortSignalLike;
  readonly onProgress: OnProgress;
}

/**
 * partclone | check | compress | files, all at once and each at the pace of the slowest.
 * @throws FaultError IMG-013, IMG-014, IMG-016, HOST-001; CLI-002 when aborted
 */
export async function savePartition(request: SaveRequest, work: Work): Promise<PartitionImage> {
  const { device, fileSystem, compression, split_bytes } = request;
  const part = { device, fileSystem, compression };
  const writer = new PartWriter(part, split_bytes, work.workspace.pathOf);
  try {
    const stream = await pump(request, writer, work);
    const { files, stored } = await writer.finish();
    for (const file of files) work.workspace.add(file);
    return { ...part, files: files.map(({ name }) => name), stored, ...factsOf(stream) };
  } finally {
    writer.close();
  }
}

/** What the manifest says of a stream. */
export function factsOf({ header, size_bytes, crc32 }: CheckedStream) {
  return {
    size_bytes: header.size_bytes,
    used_bytes: header.usedBlocks * header.block_bytes,
    stream: { size_bytes, crc32 },
  };
}

async function pump(request: SaveRequest, writer: PartWriter, work: Work): Promise<CheckedStream> {
  const { source, device, fileSystem, compression } = request;
  const check = new StreamCheck();
  await using pipeline = new Pipeline(work.signal);
  const packer = pipeline.start({
    argv: compressArgv(compression, findProgram('pigz') !== null),
    input: 'pipe',
    onOutput: (bytes) => writer.write(bytes),
  });
  const reader = pipeline.start({
    argv: saveArgv(fileSystem, source, work.workspace.scratchOf('partclone.log')),
    onOutput(bytes) {
      check.take(bytes);
      packer.write(bytes);
      const total_bytes = check.header === null ? null : streamBytes(check.header);
      work.onProgress({ step: 'reading', what: device, done_bytes: check.length, total_bytes });
      return packer.drained();
    },
  });
  await reader.ended;
  packer.closeInput();
  await packer.ended;
  pipeline.check();
  const checked = check.end();
  if (typeof checked !== 'string') return checked;
  throw new FaultError({ code: 'IMG-008', kind: 'stream.bad', file: source, what: checked });
}
