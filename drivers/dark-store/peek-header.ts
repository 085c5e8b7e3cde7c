import { closeSync, readSync } from 'node:fs';
import type { Compression } from '../../core/image/part-name.js';
import { HEADER_BYTES, readPartcloneHeader, type PartcloneHeader } from '../../core/image/partclone-header.js';
import { FaultError } from '../../core/faults/fault.js';
import { startProcess } from '../process/start.js';
import { decompressArgv } from './argv.js';
import { openPlain } from './read-chunks.js';

/** More than any of the compressors takes at once: this much of a stream has a header in it. */
export const PEEK_BYTES = 1024 * 1024;

export interface PeekRequest {
  readonly path: string;
  readonly compression: Compression;
  /** What is wrong where there is no header: for messages. */
  readonly source: string;
}

/**
 * The header of the partclone image in a compressed file that has PEEK_BYTES, or is whole.
 * @throws FaultError IMG-008
 */
export async function peekHeader({ path, compression, source }: PeekRequest): Promise<PartcloneHeader> {
  const head = Buffer.alloc(HEADER_BYTES);
  let length = 0;
  await using unpacker = startProcess({
    argv: decompressArgv(compression, false),
    input: 'pipe',
    onOutput(bytes) {
      length += bytes.copy(head, length);
      if (length === HEADER_BYTES) unpacker.kill('SIGKILL');
    },
  });
  unpacker.write(startOf(path));
  unpacker.closeInput();
  // How it ends says nothing: it was given a part of the stream only.
  await unpacker.ended;
  const header = readPartcloneHeader(head.subarray(0, length));
  if (typeof header !== 'string') return header;
  throw new FaultError({ code: 'IMG-008', kind: 'stream.bad', file: source, what: header });
}

function startOf(path: string): Buffer {
  const bytes = Buffer.alloc(PEEK_BYTES);
  const descriptor = openPlain(path, path);
  try {
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
