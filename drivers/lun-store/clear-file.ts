import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { FaultError } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { whyOf } from './byte-file.js';

const CHUNK_BYTES = 1024 * 1024;

export interface Cleared {
  readonly size_bytes: number;
  readonly read_bytes: number;
  readonly isZero: boolean;
  readonly sha256: string;
}

/**
 * Writes zeros over whatever of a file is not zero, flushes, and reads all of it back. A hole stays a hole, so that a
 * sparse file takes no more room than it did. Chunk by chunk, so that others get their turn; ended halfway it may be
 * begun again.
 *
 * @throws FaultError LUN-001, LUN-004, LUN-008; LUN-015 where it does not read as zeros afterwards
 */
export async function clearFile(file: string, signal: AbortSignalLike): Promise<Cleared> {
  const handle = await open(file, 'r+').catch((error: unknown) => {
    throw new FaultError({ code: 'LUN-001', kind: 'image.missing', file, why: whyOf(error) }, error);
  });
  try {
    return await cleared(handle, file, signal);
  } catch (error) {
    if (error instanceof FaultError || signal.aborted) throw error;
    throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file, why: whyOf(error) }, error);
  } finally {
    await handle.close();
  }
}

async function cleared(handle: FileHandle, file: string, signal: AbortSignalLike): Promise<Cleared> {
  const { size: size_bytes } = await handle.stat();
  const zeros = Buffer.alloc(CHUNK_BYTES);
  const isZero = (chunk: Buffer): boolean => chunk.equals(zeros.subarray(0, chunk.length));
  const chunks = { handle, size_bytes, signal };
  await eachChunk(chunks, async (chunk, at) => {
    if (!isZero(chunk)) await handle.write(zeros, 0, chunk.length, at);
  });
  await handle.sync();
  const hash = createHash('sha256');
  const read_bytes = await eachChunk(chunks, (chunk, at) => {
    hash.update(chunk);
    if (isZero(chunk)) return;
    const offset_bytes = at + chunk.findIndex((byte) => byte !== 0);
    throw new FaultError({ code: 'LUN-015', kind: 'lun.notCleared', file, offset_bytes });
  });
  return { size_bytes, read_bytes, isZero: read_bytes === size_bytes, sha256: hash.digest('hex') };
}

interface Chunks {
  readonly handle: FileHandle;
  readonly size_bytes: number;
  readonly signal: AbortSignalLike;
}

/** @returns how many bytes were read: fewer than `size_bytes` where the file has been cut off meanwhile */
async function eachChunk(
  { handle, size_bytes, signal }: Chunks,
  take: (chunk: Buffer, at: number) => void | Promise<void>,
): Promise<number> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let at = 0;
  while (at < size_bytes) {
    if (signal.aborted) throw new Error('aborted while it was cleared');
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return at;
    await take(buffer.subarray(0, bytesRead), at);
    at += bytesRead;
  }
  return at;
}
