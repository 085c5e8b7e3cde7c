import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** Where boot code lies on a disk. */
export interface BootCode {
  readonly at_bytes: number;
  readonly size_bytes: number;
  /** What is there instead, before zeros. */
  readonly instead: Uint8Array;
}

/** Boot code on disks of switched-off nodes that was taken away, and can be put back. */
export class DiskDamage {
  readonly #taken = new Map<string, { readonly file: string; readonly at_bytes: number; readonly code: Buffer }>();

  /** Takes the boot code at that place away; done already under this name, it does nothing more. */
  begin(name: string, file: string, { at_bytes, size_bytes, instead }: BootCode): void {
    if (this.#taken.has(name)) return;
    const code = Buffer.alloc(size_bytes);
    withFile(file, (disk) => {
      readSync(disk, code, 0, code.length, at_bytes);
      const blank = Buffer.alloc(code.length);
      blank.set(instead);
      writeSync(disk, blank, 0, blank.length, at_bytes);
    });
    this.#taken.set(name, { file, at_bytes, code });
  }

  heal(name: string): void {
    const taken = this.#taken.get(name);
    this.#taken.delete(name);
    if (taken === undefined) return;
    withFile(taken.file, (disk) => void writeSync(disk, taken.code, 0, taken.code.length, taken.at_bytes));
  }
}

function withFile(file: string, act: (disk: number) => void): void {
  const disk = openSync(file, 'r+');
  try {
    act(disk);
  } finally {
    closeSync(disk);
  }
}
