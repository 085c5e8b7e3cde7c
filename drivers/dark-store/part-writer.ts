import type { Hash } from 'node:crypto';
import { partName, type PartName } from '../../core/image/part-name.js';
import { OutputFile, type WrittenFile } from './output-file.js';

/** What a compressed stream became. */
export interface WrittenParts {
  readonly files: readonly WrittenFile[];
  readonly stored: { readonly size_bytes: number; readonly sha256: string };
}

/** Cuts a stream into files of `split_bytes`: `.aa`, `.ab`... */
export class PartWriter {
  readonly #part: Omit<PartName, 'index'>;
  readonly #split_bytes: number;
  readonly #pathOf: (name: string) => string;
  readonly #full: OutputFile[] = [];
  #file: OutputFile;
  /** Of the whole stream; while there is one file, that file's own. */
  #whole: Hash | null = null;

  constructor(part: Omit<PartName, 'index'>, split_bytes: number, pathOf: (name: string) => string) {
    this.#part = part;
    this.#split_bytes = split_bytes;
    this.#pathOf = pathOf;
    this.#file = this.#open();
  }

  /** Where the stream begins. */
  get firstPath(): string {
    return this.#pathOf(partName({ ...this.#part, index: 0 }));
  }

  /** Of all files. */
  get size_bytes(): number {
    return this.#full.length * this.#split_bytes + this.#file.size_bytes;
  }

  /** @throws FaultError IMG-013, IMG-014 */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      if (this.#file.size_bytes === this.#split_bytes) {
        this.#whole ??= this.#file.hashSoFar();
        this.#full.push(this.#file);
        this.#file = this.#open();
      }
      const piece = bytes.subarray(done, done + this.#split_bytes - this.#file.size_bytes);
      this.#file.write(piece);
      this.#whole?.update(piece);
      done += piece.length;
    }
  }

  async finish(): Promise<WrittenParts> {
    const files: WrittenFile[] = [];
    for (const file of [...this.#full, this.#file]) files.push(await file.finish());
    const size_bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
    const sha256 = this.#whole?.digest('hex') ?? files[0]?.sha256 ?? '';
    return { files, stored: { size_bytes, sha256 } };
  }

  close(): void {
    for (const file of [...this.#full, this.#file]) file.close();
  }

  #open(): OutputFile {
    const name = partName({ ...this.#part, index: this.#full.length });
    return new OutputFile(this.#pathOf(name), name);
  }
}
