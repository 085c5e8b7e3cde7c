import { linkSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { FaultError } from '../../core/faults/fault.js';
import type { BlockStore, ThinStore } from '../../core/ports/block-store.js';
import { HostFile, whyOf } from './byte-file.js';
import { decodeCloneHeader, encodeCloneHeader, HEADER_BYTES } from './clone-header.js';
import type { CloneHeader } from './clone-header.js';
import { ClonedBlocks } from './cloned-blocks.js';
import { BLOCK_BYTES } from './image.js';
import type { Image } from './image.js';
import { LockFile } from './lock-file.js';

/** As file systems write in blocks of 4 KiB, most writes need nothing copied up. */
const SMALLEST_CLUSTER_BYTES = 4096;
/** The map has one byte a cluster and is kept in memory: up to 64 GiB clusters stay at 4 KiB, beyond that they grow. */
const MOST_CLUSTERS = 16 * 1024 * 1024;

/** A disk of one node's own over a base that many share. Making one takes as long whatever the size of the base. */
export class Clone implements BlockStore {
  readonly path: string;
  readonly size_bytes: number;
  readonly block_bytes = BLOCK_BYTES;
  readonly isReadOnly = false;
  readonly serial: string;
  readonly thin: ThinStore;
  readonly #overlay: HostFile;
  readonly #lock: LockFile;
  readonly #blocks: ClonedBlocks;

  /**
   * Makes the overlay file and opens it. The base stays the caller's, who closes it after its clones.
   * @throws FaultError LUN-009 when `path` is there already, LUN-001, LUN-004, LUN-005
   */
  static create(base: Image, path: string): Clone {
    const header: CloneHeader = {
      size_bytes: base.size_bytes,
      cluster_bytes: clusterFor(base.size_bytes),
      baseModifiedAt_ns: base.identity.modifiedAt_ns,
      serial: createHash('sha256').update(resolve(path)).digest('hex').slice(0, 16),
      basePath: resolve(base.path),
    };
    // Made beside it and linked when it is whole: a clone that a kill left half made is never seen.
    const unfinished = `${path}.${process.pid}.new`;
    // One that an earlier process of the same number has left is begun anew.
    const file = new HostFile(unfinished, 'w+');
    try {
      file.truncate(dataStartOf(header) + header.size_bytes);
      file.write(encodeCloneHeader(header), 0);
      linkNew(unfinished, path);
    } finally {
      file.close();
      unlinkSync(unfinished);
    }
    return Clone.open(base, path);
  }

  /**
   * @throws FaultError LUN-001 when it cannot be opened, LUN-002 when it was cut off, LUN-003 when `base` is not what
   *   it was cloned from, LUN-005 when another process has it, LUN-006 when it is not a sound clone
   */
  static open(base: Image, path: string): Clone {
    const overlay = new HostFile(path, 'r+');
    let lock: LockFile | null = null;
    try {
      lock = LockFile.take(path);
      return new Clone(base, overlay, lock);
    } catch (error) {
      overlay.close();
      lock?.release();
      throw error;
    }
  }

  /** Where the base of the clone at `path` was when it was made. */
  static basePathOf(path: string): string {
    const file = new HostFile(path, 'r');
    try {
      return readHeader(file).basePath;
    } finally {
      file.close();
    }
  }

  private constructor(base: Image, overlay: HostFile, lock: LockFile) {
    const header = readHeader(overlay);
    const { size_bytes, cluster_bytes } = header;
    if (size_bytes !== base.size_bytes || header.baseModifiedAt_ns !== base.identity.modifiedAt_ns) {
      throw new FaultError({ code: 'LUN-003', kind: 'base.changed', file: overlay.path, base: base.path });
    }
    this.path = overlay.path;
    this.size_bytes = size_bytes;
    this.serial = header.serial;
    this.#overlay = overlay;
    this.#lock = lock;
    this.#blocks = new ClonedBlocks({
      size_bytes,
      cluster_bytes,
      readBase: (offset, length) => base.read(offset, length),
      overlay,
      path: overlay.path,
      mapStart: HEADER_BYTES,
      dataStart: dataStartOf(header),
      map: readMap(overlay, header),
    });
    this.thin = {
      granularity_bytes: cluster_bytes,
      unmap: (offset, length) => this.#blocks.unmap(offset, length),
      extent: (offset, limit) => this.#blocks.extent(offset, limit),
    };
  }

  read(offset: number, length: number): Buffer {
    return this.#blocks.read(offset, length);
  }

  write(offset: number, data: Uint8Array): void {
    this.#blocks.write(offset, data);
  }

  flush(): void {
    this.#overlay.flush();
  }

  close(): void {
    this.#overlay.close();
    this.#lock.release();
  }
}

function clusterFor(size_bytes: number): number {
  let cluster_bytes = SMALLEST_CLUSTER_BYTES;
  while (size_bytes / cluster_bytes > MOST_CLUSTERS) cluster_bytes *= 2;
  return cluster_bytes;
}

function clustersOf({ size_bytes, cluster_bytes }: CloneHeader): number {
  return Math.ceil(size_bytes / cluster_bytes);
}

/** After the map, on a page of its own. */
function dataStartOf(header: CloneHeader): number {
  return HEADER_BYTES + Math.ceil(clustersOf(header) / HEADER_BYTES) * HEADER_BYTES;
}

function readHeader(file: HostFile): CloneHeader {
  const bytes = Buffer.alloc(HEADER_BYTES);
  file.read(bytes, 0);
  const header = decodeCloneHeader(file.path, bytes);
  const expected_bytes = dataStartOf(header) + header.size_bytes;
  const actual_bytes = file.identity().size_bytes;
  if (actual_bytes < expected_bytes) {
    throw new FaultError({ code: 'LUN-002', kind: 'image.truncated', file: file.path, expected_bytes, actual_bytes });
  }
  return header;
}

function readMap(file: HostFile, header: CloneHeader): Buffer {
  const map = Buffer.alloc(clustersOf(header));
  file.read(map, HEADER_BYTES);
  return map;
}

function linkNew(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (error) {
    const why = whyOf(error);
    if (why === 'EEXIST') throw new FaultError({ code: 'LUN-009', kind: 'clone.exists', file: path }, error);
    throw new FaultError({ code: 'LUN-008', kind: 'file.failed', file: path, why }, error);
  }
}
