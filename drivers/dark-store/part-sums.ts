import { createHash, type Hash } from 'node:crypto';
import type { WrittenFile } from './output-file.js';

/** What a compressed stream became. */
export interface WrittenParts {
  readonly files: readonly WrittenFile[];
  readonly stored: { readonly size_bytes: number; readonly sha256: string };
}

interface Part {
  readonly hash: Hash;
  size_bytes: number;
}

/** Checksums of each part of a stream, and of the whole. */
export class PartSums {
  readonly #parts: Part[] = [];
  /** Of the whole stream; while there is one part, that part's own. */
  #whole: Hash | null = null;

  take(bytes: Uint8Array, index: number): void {
    const part = this.#parts[index] ?? this.#begin();
    part.hash.update(bytes);
    part.size_bytes += bytes.length;
    this.#whole?.update(bytes);
  }

  end(nameOf: (index: number) => string): WrittenParts {
    const files = this.#parts.map(({ hash, size_bytes }, index) => {
      return { name: nameOf(index), size_bytes, sha256: hash.copy().digest('hex') };
    });
    const size_bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
    const sha256 = this.#whole?.digest('hex') ?? files[0]?.sha256 ?? '';
    return { files, stored: { size_bytes, sha256 } };
  }

  #begin(): Part {
    if (this.#parts.length === 1) this.#whole = this.#parts[0]?.hash.copy() ?? null;
    const part = { hash: createHash('sha256'), size_bytes: 0 };
    this.#parts.push(part);
    return part;
  }
}
