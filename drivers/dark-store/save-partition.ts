import type { FileSystem } from '../../core/image/file-systems.js';
import type { PartitionImage } from '../../core/image/manifest.js';
import type { Compression } from '../../core/image/part-name.js';
import { streamBytes, type PartcloneHeader } from '../../core/image/partclone-header.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { writtenBytes } from '../process/alive.js';
import { findProgram } from '../process/program.js';
import { compressArgv, saveArgv } from './argv.js';
import { PartWriter } from './part-writer.js';
import { PEEK_BYTES, peekHeader } from './peek-header.js';
import { Pipeline } from './pipeline.js';
import type { OnProgress } from './progress.js';
import type { Workspace } from './workspace.js';

/** How much is written between two looks at how far it is; the first of them finds a header. */
const REPORT_BYTES = 4 * PEEK_BYTES;

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
 * partclone | compressor, joined outside of us; we cut and hash what comes out. A program that wrote less than it should
 * says so by its exit code.
 * @throws FaultError IMG-013, IMG-014, IMG-016, HOST-001; CLI-002 when aborted
 */
export async function savePartition(request: SaveRequest, work: Work): Promise<PartitionImage> {
  const { device, fileSystem, compression, split_bytes } = request;
  const part = { device, fileSystem, compression };
  const writer = new PartWriter(part, split_bytes, work.workspace.pathOf);
  try {
    const header = await pump(request, writer, work);
    const { files, stored } = await writer.finish();
    for (const file of files) work.workspace.add(file);
    return { ...part, files: files.map(({ name }) => name), stored, ...factsOf(header) };
  } finally {
    writer.close();
  }
}

/** What the manifest says of a stream. */
export function factsOf(header: PartcloneHeader) {
  return {
    size_bytes: header.size_bytes,
    used_bytes: header.usedBlocks * header.block_bytes,
    stream: { size_bytes: streamBytes(header) },
  };
}

async function pump(request: SaveRequest, writer: PartWriter, work: Work): Promise<PartcloneHeader> {
  const { source, device, fileSystem, compression } = request;
  let header: Promise<PartcloneHeader> | null = null;
  let total_bytes: number | null = null;
  const peek = (): Promise<PartcloneHeader> => peekHeader({ path: writer.firstPath, compression, source });
  await using pipeline = new Pipeline(work.signal);
  const [reader, packer] = pipeline.startJoined(
    { argv: saveArgv(fileSystem, source, work.workspace.scratchOf('partclone.log')) },
    {
      argv: compressArgv(compression, findProgram('pigz') !== null),
      onOutput(bytes) {
        const before = writer.size_bytes;
        writer.write(bytes);
        if (Math.floor(before / REPORT_BYTES) === Math.floor(writer.size_bytes / REPORT_BYTES)) return;
        if (header === null) {
          header = peek();
          header.then(
            (found) => (total_bytes = streamBytes(found)),
            // Whoever waits for it is told.
            () => {},
          );
        }
        const done_bytes = writtenBytes(reader.pid);
        if (done_bytes !== null) work.onProgress({ step: 'reading', what: device, done_bytes, total_bytes });
      },
    },
  );
  await packer.ended;
  await reader.ended;
  pipeline.check();
  return header ?? peek();
}
