import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import type { BlockStore } from '../../core/ports/block-store.js';
import { HostFile } from './byte-file.js';
import type { FileIdentity } from './byte-file.js';
import { LockFile } from './lock-file.js';
import { ReadCache } from './read-cache.js';

export const BLOCK_BYTES = 512;

/** A raw disk image, as it is: the base of clones when it is read-only, else one node's own disk. */
export class Image implements BlockStore {
  readonly path: string;
  readonly size_bytes: number;
  readonly block_bytes = BLOCK_BYTES;
  readonly isReadOnly: boolean;
  readonly serial: string;
  /** What the file was like when it was opened. */
  readonly identity: FileIdentity;
  readonly #file: HostFile;
  readonly #lock: LockFile | null;
  readonly #cache: ReadCache | null;

  /**
   * @throws FaultError LUN-001 when it cannot be opened, LUN-007 when it is not whole blocks,
   *   LUN-005 when another process writes it (asked only where this one will write)
   */
  static open(path: string, options: { readonly isReadOnly: boolean }): Image {
    const file = new HostFile(path, options.isReadOnly ? 'r' : 'r+');
    try {
      return new Image(path, file, options.isReadOnly);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  private constructor(path: string, file: HostFile, isReadOnly: boolean) {
    this.path = path;
    this.isReadOnly = isReadOnly;
    this.#file = file;
    this.identity = file.identity();
    this.size_bytes = this.identity.size_bytes;
    if (this.size_bytes === 0 || this.size_bytes % BLOCK_BYTES !== 0) {
      throw new FaultError({ code: 'LUN-007', kind: 'image.badSize', file: path, size_bytes: this.size_bytes });
    }
    this.serial = serialOf(path);
    this.#lock = isReadOnly ? null : LockFile.take(path);
    this.#cache = isReadOnly
      ? new ReadCache(this.size_bytes, (offset, length) => this.#unchanged(offset, length))
      : null;
  }

  read(offset: number, length: number): Buffer {
    return this.#cache === null ? this.#fresh(offset, length) : this.#cache.read(offset, length);
  }

  write(offset: number, data: Uint8Array): void {
    this.#file.write(data, offset);
  }

  flush(): void {
    if (!this.isReadOnly) this.#file.flush();
  }

  close(): void {
    this.#file.close();
    this.#lock?.release();
  }

  /** Asked after the bytes were read, so that a change in between is seen as well. */
  #unchanged(offset: number, length: number): Buffer {
    const bytes = this.#fresh(offset, length);
    const { size_bytes, modifiedAt_ns } = this.#file.identity();
    if (size_bytes !== this.identity.size_bytes || modifiedAt_ns !== this.identity.modifiedAt_ns) {
      throw new FaultError({ code: 'LUN-011', kind: 'image.changed', file: this.path });
    }
    return bytes;
  }

  #fresh(offset: number, length: number): Buffer {
    const into = Buffer.allocUnsafe(length);
    this.#file.read(into, offset);
    return into;
  }
}

/** Derived from where the file lies, so that a run that is repeated shows the same disks. */
export function serialOf(path: string): string {
  return createHash('sha256').update(realpathSync(path)).digest('hex').slice(0, 16);
}
