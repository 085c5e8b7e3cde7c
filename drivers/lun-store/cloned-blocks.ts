import type { ByteFile } from './byte-file.js';
import { damaged } from './clone-header.js';

/** One byte a cluster. What a map of zeros says is true of a clone that was just made. */
const BASE = 0;
const OWN = 1;
const ZERO = 2;
type State = typeof BASE | typeof OWN | typeof ZERO;

interface ClonedBlocksOptions {
  readonly size_bytes: number;
  readonly cluster_bytes: number;
  readonly readBase: (offset: number, length: number) => Buffer;
  readonly overlay: ByteFile;
  /** The overlay's, for messages. */
  readonly path: string;
  /** Where the map lies in the overlay, and where the clusters do, each at its own place. */
  readonly mapStart: number;
  readonly dataStart: number;
  /** As it stands in the overlay. */
  readonly map: Buffer;
}

/**
 * The copy-on-write of a clone: clusters that were written lie in the overlay, all others are the base's or zeros.
 *
 * A cluster's bytes are written first, and only then the byte of the map that says so. So whenever the process may be
 * killed, each cluster is whole: the old one, or the new one with no more torn in it than a write to a disk may be.
 */
export class ClonedBlocks {
  readonly #options: ClonedBlocksOptions;
  readonly #map: Buffer;
  /** Clusters of which a failed write has left open what the file says: they are marked again at the next chance. */
  readonly #unsure = new Set<number>();

  constructor(options: ClonedBlocksOptions) {
    this.#options = options;
    this.#map = options.map;
  }

  read(offset: number, length: number): Buffer {
    const end = offset + length;
    const first = this.#runEnd(offset, end);
    if (first === end) return this.#readRun(offset, length);
    const bytes = Buffer.allocUnsafe(length);
    for (let at = offset, runEnd = first; at < end; at = runEnd, runEnd = this.#runEnd(at, end)) {
      this.#readRun(at, runEnd - at).copy(bytes, at - offset);
    }
    return bytes;
  }

  write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    const { cluster_bytes, overlay, dataStart } = this.#options;
    const end = offset + data.length;
    const first = Math.floor(offset / cluster_bytes);
    const after = Math.ceil(end / cluster_bytes);
    const isNew = this.#hasOther(first, after, OWN);
    if (isNew) {
      this.#fill(first, first * cluster_bytes, offset);
      this.#fill(after - 1, end, Math.min(after * cluster_bytes, this.#options.size_bytes));
    }
    overlay.write(data, dataStart + offset);
    if (isNew) this.#mark(first, after, OWN);
  }

  /** Whole clusters are let go; the rest at either end is zeroed. */
  unmap(offset: number, length: number): void {
    const { cluster_bytes, size_bytes } = this.#options;
    const end = offset + length;
    const first = Math.ceil(offset / cluster_bytes);
    // The last cluster of the disk may be a short one.
    const after = end === size_bytes ? Math.ceil(end / cluster_bytes) : Math.floor(end / cluster_bytes);
    if (first >= after) return this.#zero(offset, end);
    this.#zero(offset, first * cluster_bytes);
    if (this.#hasOther(first, after, ZERO)) this.#mark(first, after, ZERO);
    this.#zero(Math.min(after * cluster_bytes, end), end);
  }

  extent(offset: number, limit: number): { readonly isMapped: boolean; readonly length: number } {
    const { cluster_bytes } = this.#options;
    const end = offset + limit;
    const isMapped = this.#map[Math.floor(offset / cluster_bytes)] !== ZERO;
    let at = offset;
    while (at < end && (this.#map[Math.floor(at / cluster_bytes)] !== ZERO) === isMapped) at = this.#runEnd(at, end);
    return { isMapped, length: at - offset };
  }

  /** Where the run of clusters in one state that `offset` lies in ends, `end` at most. */
  #runEnd(offset: number, end: number): number {
    const { cluster_bytes } = this.#options;
    let cluster = Math.floor(offset / cluster_bytes);
    const after = Math.ceil(end / cluster_bytes);
    const state = this.#map[cluster];
    do cluster++;
    while (cluster < after && this.#map[cluster] === state);
    return Math.min(cluster * cluster_bytes, end);
  }

  #readRun(offset: number, length: number): Buffer {
    const { cluster_bytes, overlay, dataStart, readBase } = this.#options;
    const state = this.#map[Math.floor(offset / cluster_bytes)];
    if (state === BASE) return readBase(offset, length);
    if (state === ZERO) return Buffer.alloc(length);
    // Looked at here, not when the map is read: a clone of any size opens at once.
    if (state !== OWN) throw damaged(this.#options.path, 'its map holds what no map holds');
    const bytes = Buffer.allocUnsafe(length);
    overlay.read(bytes, dataStart + offset);
    return bytes;
  }

  /** Copies up what a write leaves of a cluster that is not in the overlay yet. */
  #fill(cluster: number, start: number, end: number): void {
    if (start >= end || this.#map[cluster] === OWN) return;
    this.#options.overlay.write(this.#readRun(start, end - start), this.#options.dataStart + start);
  }

  /** Within one cluster, or over several that cannot be let go. */
  #zero(start: number, end: number): void {
    for (let at = start, runEnd; at < end; at = runEnd) {
      runEnd = this.#runEnd(at, end);
      const cluster = Math.floor(at / this.#options.cluster_bytes);
      // Zero in memory says nothing where the file may say that a failed write's bytes are the cluster's.
      const isZero = this.#map[cluster] === ZERO && !this.#unsure.has(cluster);
      if (!isZero) this.write(at, Buffer.alloc(runEnd - at));
    }
  }

  #hasOther(first: number, after: number, state: State): boolean {
    for (let cluster = first; cluster < after; cluster++) {
      if (this.#map[cluster] !== state || (this.#unsure.size > 0 && this.#unsure.has(cluster))) return true;
    }
    return false;
  }

  /** In the file first, as nothing may be relied on that it does not say. */
  #mark(first: number, after: number, state: State): void {
    try {
      this.#options.overlay.write(Buffer.alloc(after - first, state), this.#options.mapStart + first);
    } catch (error) {
      for (let cluster = first; cluster < after; cluster++) this.#unsure.add(cluster);
      throw error;
    }
    this.#map.fill(state, first, after);
    if (this.#unsure.size > 0) for (let cluster = first; cluster < after; cluster++) this.#unsure.delete(cluster);
  }
}
