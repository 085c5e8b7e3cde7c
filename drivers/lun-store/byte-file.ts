import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';

/** A file as the store uses it: whole transfers at positions, or a Fault. */
export interface ByteFile {
  /** @throws FaultError LUN-002 where the file ends before that, LUN-008 */
  read(into: Buffer, position: number): void;
  /** @throws FaultError LUN-004 when the disk is full, LUN-008; some of `from` may have been written then */
  write(from: Uint8Array, position: number): void;
  flush(): void;
  close(): void;
}

/** Size, and modification time in nanoseconds: what tells that a file is still the same. */
export interface FileIdentity {
  readonly size_bytes: number;
  readonly modifiedAt_ns: bigint;
}

export class HostFile implements ByteFile {
  readonly path: string;
  readonly #descriptor: number;
  #isOpen = true;

  /** @throws FaultError LUN-001, LUN-004 */
  constructor(path: string, flags: 'r' | 'r+' | 'w+') {
    this.path = path;
    try {
      this.#descriptor = openSync(path, flags, 0o600);
    } catch (error) {
      throw new FaultError(openingFault(path, whyOf(error)), error);
    }
  }

  identity(): FileIdentity {
    const { size, mtimeNs } = this.#attempt(() => fstatSync(this.#descriptor, { bigint: true }));
    return { size_bytes: Number(size), modifiedAt_ns: mtimeNs };
  }

  read(into: Buffer, position: number): void {
    let done = 0;
    while (done < into.length) {
      const got = this.#attempt(() => readSync(this.#descriptor, into, done, into.length - done, position + done));
      if (got === 0) throw this.#truncated(position + into.length);
      done += got;
    }
  }

  write(from: Uint8Array, position: number): void {
    let done = 0;
    while (done < from.length) {
      done += this.#attempt(() => writeSync(this.#descriptor, from, done, from.length - done, position + done));
    }
  }

  truncate(size_bytes: number): void {
    this.#attempt(() => ftruncateSync(this.#descriptor, size_bytes));
  }

  flush(): void {
    this.#attempt(() => fdatasyncSync(this.#descriptor));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  /** Once it is closed, its descriptor may be another file's. */
  #attempt<T>(work: () => T): T {
    if (!this.#isOpen) throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file: this.path, why: 'closed' });
    return attempt(this.path, work);
  }

  #truncated(expected_bytes: number): FaultError {
    const actual_bytes = this.identity().size_bytes;
    return new FaultError({ code: 'LUN-002', kind: 'image.truncated', file: this.path, expected_bytes, actual_bytes });
  }
}

/** @throws FaultError LUN-004 for a full disk or quota, LUN-008 for anything else that the system refuses */
export function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = whyOf(error);
    if (isFull(why)) throw new FaultError({ code: 'LUN-004', kind: 'disk.full', file }, error);
    throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file, why }, error);
  }
}

/** What the system said: its error code where it gave one (`ENOENT`). */
export function whyOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** EFBIG: past the file system's or the process's limit on sizes, which to an initiator is the same. */
function isFull(why: string): boolean {
  return why === 'ENOSPC' || why === 'EDQUOT' || why === 'EFBIG';
}

function openingFault(file: string, why: string) {
  if (isFull(why)) return { code: 'LUN-004', kind: 'disk.full', file } as const;
  return { code: 'LUN-001', kind: 'image.missing', file, why } as const;
}
