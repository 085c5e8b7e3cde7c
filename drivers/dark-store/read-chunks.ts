import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { FaultError } from '../../core/faults/fault.js';
import { attemptToRead, attemptToReadLater, whyOf } from './attempt.js';

const CHUNK_BYTES = 1024 * 1024;

/** Opens a plain file that somebody else may have put there: never through a symbolic link. */
export function openPlain(path: string, file: string): number {
  const descriptor = attemptToRead(path, () => openNoFollow(path, file));
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new FaultError({ code: 'IMG-010', kind: 'file.hostile', file, what: 'it is no plain file' });
}

function openNoFollow(path: string, file: string): number {
  try {
    // O_NONBLOCK: a FIFO without a writer would hold us for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (whyOf(thrown) !== 'ELOOP') throw thrown;
    throw new FaultError({ code: 'IMG-010', kind: 'file.hostile', file, what: 'it is a symbolic link' }, thrown);
  }
}

/** The bytes of an open file; the descriptor is closed at the end. Each chunk is fresh. */
export async function* readChunks(descriptor: number, path: string): AsyncGenerator<Buffer, void> {
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { bytesRead } = await attemptToReadLater(path, () =>
        promisify(read)(descriptor, chunk, 0, CHUNK_BYTES, null),
      );
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** @throws FaultError IMG-015 when it is longer than any text of an image directory */
export async function readSmallText(path: string, file: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const chunk of readChunks(openPlain(path, file), path)) {
    pieces.push(chunk);
    if (pieces.length === 1) continue;
    throw new FaultError({ code: 'IMG-015', kind: 'source.malformed', file, what: 'it is longer than a megabyte' });
  }
  return Buffer.concat(pieces).toString('utf8');
}
