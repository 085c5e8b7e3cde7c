import { closeSync, existsSync, fchmodSync, fsync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isRaw, type FileSystem } from '../../core/image/file-systems.js';
import type { PartitionImage } from '../../core/image/manifest.js';
import { streamBytes, type PartcloneHeader } from '../../core/image/partclone-header.js';
import { partName, type Compression } from '../../core/image/part-name.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { transferOf } from '../process/alive.js';
import { findProgram } from '../process/program.js';
import type { RunningProcess } from '../process/start.js';
import { compressArgv, saveArgv, splitArgv } from './argv.js';
import { attempt, attemptLater, fullOr } from './attempt.js';
import { meanwhile } from './meanwhile.js';
import { PartFollower } from './part-follower.js';
import { PartSums } from './part-sums.js';
import { PEEK_BYTES, peekHeader } from './peek-header.js';
import { Pipeline } from './pipeline.js';
import type { OnProgress } from './progress.js';
import { RawFile } from './raw-file.js';
import type { Workspace } from './workspace.js';

/** As Clonezilla has its own: whoever may read a disk's content is decided elsewhere. */
const MODE = 0o600;

export interface SaveRequest {
  /** A file or device that begins with the file system. */
  readonly source: string;
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly compression: Compression;
  /** null: one file, however large. */
  readonly split_bytes: number | null;
}

/** What a save is given beside its request. */
export interface Work {
  readonly workspace: Workspace;
  readonly signal: AbortSignalLike;
  readonly onProgress: OnProgress;
}

/**
 * partclone | compressor | files, joined outside of us; we hash behind them what is there. A program that wrote less
 * than it should says so by its exit code.
 * @throws FaultError IMG-013, IMG-014, IMG-016, HOST-001; CLI-002 when aborted
 */
export async function savePartition(request: SaveRequest, work: Work): Promise<PartitionImage> {
  const { device, fileSystem, compression } = request;
  const part = { device, fileSystem, compression };
  const nameOf = (index: number): string => partName({ ...part, index });
  const sums = new PartSums();
  const facts = await pump(request, { nameOf, sums }, work);
  const { files, stored } = sums.end(nameOf);
  for (const file of files) {
    await settle(work.workspace.pathOf(file.name));
    work.workspace.add(file);
  }
  return { ...part, files: files.map(({ name }) => name), stored, ...facts };
}

/** What the manifest says of a stream that is all bytes. */
export function rawFacts(size_bytes: number): StreamFacts {
  return { size_bytes, used_bytes: size_bytes, stream: { size_bytes } };
}

/** What the manifest says of a stream. */
export function factsOf(header: PartcloneHeader): StreamFacts {
  return {
    size_bytes: header.size_bytes,
    used_bytes: header.usedBlocks * header.block_bytes,
    stream: { size_bytes: streamBytes(header) },
  };
}

type StreamFacts = Pick<PartitionImage, 'size_bytes' | 'used_bytes' | 'stream'>;

interface Parts {
  readonly nameOf: (index: number) => string;
  readonly sums: PartSums;
}

async function pump(request: SaveRequest, { nameOf, sums }: Parts, work: Work): Promise<StreamFacts> {
  const { source, device, fileSystem, compression } = request;
  const pathOf = (index: number): string => work.workspace.pathOf(nameOf(index));
  using follower = new PartFollower({
    pathOf: (index) => (existsSync(pathOf(index)) ? pathOf(index) : null),
    onBytes: (bytes, index) => sums.take(bytes, index),
  });
  const look = async (): Promise<StreamFacts> =>
    isRaw(fileSystem) ? rawFacts(bytesOf(source)) : factsOf(await peekHeader({ path: pathOf(0), compression, source }));
  let facts: StreamFacts | null = null;
  await using pipeline = new Pipeline(work.signal);
  const reader = start(request, pathOf(0), { pipeline, work });
  await meanwhile(pipeline.ended(), async () => {
    await follower.step(Infinity);
    if (follower.size_bytes >= PEEK_BYTES) facts ??= await look();
    const done_bytes = transferOf(reader.pid)?.written_bytes;
    if (done_bytes === undefined) return;
    work.onProgress({ step: 'reading', what: device, done_bytes, total_bytes: facts && facts.stream.size_bytes });
  });
  failedOrFull(pipeline, pathOf(0));
  await follower.finish();
  return facts ?? (await look());
}

interface Starting {
  readonly pipeline: Pipeline;
  readonly work: Work;
}

/** Without a size to split at, the compressor writes the only part itself. */
function start(request: SaveRequest, first: string, { pipeline, work }: Starting): RunningProcess {
  const { source, fileSystem, compression, split_bytes } = request;
  const save = { argv: saveArgv(fileSystem, source, work.workspace.scratchOf('partclone.log')) };
  const compress = { argv: compressArgv(compression, findProgram('pigz') !== null) };
  if (split_bytes !== null) {
    return pipeline.startChain([save, compress, { argv: splitArgv(split_bytes, first.replace(/aa$/, '')) }]);
  }
  const output = attempt(first, () => openSync(first, 'wx', MODE));
  try {
    return pipeline.startChain([save, { ...compress, output }]);
  } finally {
    closeSync(output);
  }
}

function failedOrFull(pipeline: Pipeline, path: string): void {
  try {
    pipeline.check();
  } catch (thrown) {
    throw fullOr(dirname(path), thrown);
  }
}

function bytesOf(source: string): number {
  using file = new RawFile(source);
  return file.size_bytes;
}

/** On stable storage, and of our mode whoever made it. */
async function settle(path: string): Promise<void> {
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    attempt(path, () => fchmodSync(descriptor, MODE));
    await attemptLater(path, () => promisify(fsync)(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
