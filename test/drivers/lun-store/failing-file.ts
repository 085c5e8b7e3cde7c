import fc from 'fast-check';
import { FaultError } from '../../../core/faults/fault.js';
import type { ByteFile } from '../../../drivers/lun-store/byte-file.js';

/** Which write finds no room, and how much of it is stored all the same. */
export interface Shortage {
  /** So many writes succeed before it. */
  readonly writes: number;
  readonly stored_bytes: number;
}

/** As often within a map's few bytes as within clusters. */
export const shortages: fc.Arbitrary<Shortage> = fc.record({
  writes: fc.nat(40),
  stored_bytes: fc.oneof(fc.nat(3), fc.nat(8 * 4096)),
});

/** A file in memory on a disk that is full from one write on. */
export class FailingFile implements ByteFile {
  readonly bytes: Buffer;
  #shortage: Shortage | null;
  #writes = 0;

  constructor(size_bytes: number, shortage: Shortage) {
    this.bytes = Buffer.alloc(size_bytes);
    this.#shortage = shortage;
  }

  giveRoom(): void {
    this.#shortage = null;
  }

  read(into: Buffer, position: number): void {
    this.bytes.copy(into, 0, position, position + into.length);
  }

  write(from: Uint8Array, position: number): void {
    const isFull = this.#shortage !== null && this.#writes >= this.#shortage.writes;
    const isFirst = this.#writes++ === this.#shortage?.writes;
    const room = !isFull ? from.length : isFirst ? (this.#shortage?.stored_bytes ?? 0) : 0;
    this.bytes.set(from.subarray(0, room), position);
    if (isFull) throw new FaultError({ code: 'LUN-004', kind: 'disk.full', file: 'memory' });
  }

  flush(): void {}
  close(): void {}
}
