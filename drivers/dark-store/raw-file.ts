import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { attemptToRead } from './attempt.js';

/** /sys tells the size of every block device in sectors of 512 bytes, whatever its own are (sysfs-block). */
const SYS_SECTOR_BYTES = 512;

/** A disk or partition that is read here and there. */
export class RawFile implements Disposable {
  readonly size_bytes: number;
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws FaultError IMG-005 */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attemptToRead(path, () => openSync(path, 'r'));
    this.size_bytes = attemptToRead(path, () => sizeOf(path, this.#descriptor));
  }

  /** Zeros where it ends before. @throws FaultError IMG-005 */
  read(offset_bytes: number, length: number): Uint8Array {
    const bytes = Buffer.alloc(length);
    attemptToRead(this.#path, () => readSync(this.#descriptor, bytes, 0, length, offset_bytes));
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

function sizeOf(path: string, descriptor: number): number {
  const status = fstatSync(descriptor);
  return status.isBlockDevice() ? blockDeviceBytes(path) : status.size;
}

export function blockDeviceBytes(path: string): number {
  const name = basename(realpathSync(path));
  return Number(readFileSync(`/sys/class/block/${name}/size`, 'utf8')) * SYS_SECTOR_BYTES;
}
