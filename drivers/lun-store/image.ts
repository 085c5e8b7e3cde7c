import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, realpathSync } from 'node:fs';
import { FaultError } from '../../core/faults/fault.js';
import type { BlockStore } from '../../core/ports/block-store.js';
import { attempt, identityOf, openFile, readFully, writeFully } from './file-access.js';
import { LockFile } from './lock-file.js';
import { ReadCache } from './read-cache.js';

export const BLOCK_BYTES = 512;

/** A raw disk image, as it is: the base of clones when it is read-only, else one node's own disk. */
export class Image implements BlockStore {
  readonly file: string;
  readonly size_bytes: number;
  readonly block_bytes = BLOCK_BYTES;
  readonly isReadOnly: boolean;
  readonly serial: string;
  readonly modifiedAt_ns: bigint;
  readonly #descriptor: number;
  readonly #lock: LockFile | null;
  readonly #cache: ReadCache | null;
  #isOpen = true;

  /**
   * @throws FaultError LUN-001 when it cannot be opened, LUN-007 when it is not whole blocks,
   *   LUN-005 when another process writes it (asked only where this one will write)
   */
  static open(file: string, options: { readonly isReadOnly: boolean }): Image {
    return new Image(file, options.isReadOnly);
  }

  private constructor(file: string, isReadOnly: boolean) {
    this.file = file;
    this.isReadOnly = isReadOnly;
    this.#descriptor = openFile(file, isReadOnly ? 'r' : 'r+');
    try {
      const { size_bytes, modifiedAt_ns } = identityOf(file, this.#descriptor);
      this.size_bytes = size_bytes;
      this.modifiedAt_ns = modifiedAt_ns;
      if (size_bytes === 0 || size_bytes % BLOCK_BYTES !== 0) {
        throw new FaultError({ code: 'LUN-007', kind: 'image.badSize', file, size_bytes });
      }
      this.serial = createHash('sha256').update(realpathSync(file)).digest('hex').slice(0, 16);
      this.#lock = isReadOnly ? null : LockFile.take(file);
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    this.#cache = isReadOnly ? new ReadCache(this.size_bytes, (offset, length) => this.#fresh(offset, length)) : null;
  }

  read(offset: number, length: number): Buffer {
    return this.#cache?.read(offset, length) ?? this.#fresh(offset, length);
  }

  write(offset: number, data: Uint8Array): void {
    writeFully(this.file, this.#descriptor, { from: data, position: offset });
  }

  flush(): void {
    if (!this.isReadOnly) attempt(this.file, () => fdatasyncSync(this.#descriptor));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
    this.#lock?.release();
  }

  /** Whether the file is still what was opened: written to or cut off meanwhile, it no longer is. */
  isUnchanged(): boolean {
    const { size_bytes, modifiedAt_ns } = identityOf(this.file, this.#descriptor);
    return size_bytes === this.size_bytes && modifiedAt_ns === this.modifiedAt_ns;
  }

  #fresh(offset: number, length: number): Buffer {
    const into = Buffer.allocUnsafe(length);
    readFully(this.file, this.#descriptor, { into, position: offset });
    return into;
  }
}
