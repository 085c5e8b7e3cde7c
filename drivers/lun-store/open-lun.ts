import { existsSync } from 'node:fs';
import type { BlockStore } from '../../core/ports/block-store.js';
import { HostFile } from './byte-file.js';
import { CLONE_MAGIC } from './clone-header.js';
import { Clone } from './clone.js';
import { Image } from './image.js';

/**
 * Opens a disk for serving: a raw image, a clone that was made earlier (its base is found by its header), or with
 * `clone` a copy-on-write clone of `file` at that path, made if it is not there. Closing it closes its base too.
 * @throws FaultError LUN-001 to LUN-009, as `Image` and `Clone` do
 */
export function openLun(options: {
  readonly file: string;
  readonly isReadOnly: boolean;
  readonly clone?: string;
}): BlockStore {
  const { file, isReadOnly, clone } = options;
  if (clone !== undefined)
    return withBase(file, (base) => (existsSync(clone) ? Clone.open(base, clone) : Clone.create(base, clone)));
  if (isClone(file)) return withBase(Clone.basePathOf(file), (base) => Clone.open(base, file));
  return Image.open(file, { isReadOnly });
}

function isClone(path: string): boolean {
  const file = new HostFile(path, 'r');
  try {
    if (file.identity().size_bytes < CLONE_MAGIC.length) return false;
    const bytes = Buffer.alloc(CLONE_MAGIC.length);
    file.read(bytes, 0);
    return bytes.toString('latin1') === CLONE_MAGIC;
  } finally {
    file.close();
  }
}

function withBase(path: string, open: (base: Image) => Clone): BlockStore {
  const base = Image.open(path, { isReadOnly: true });
  try {
    const clone = open(base);
    return {
      size_bytes: clone.size_bytes,
      block_bytes: clone.block_bytes,
      isReadOnly: clone.isReadOnly,
      serial: clone.serial,
      thin: clone.thin,
      read: (offset, length) => clone.read(offset, length),
      write: (offset, data) => clone.write(offset, data),
      flush: () => clone.flush(),
      close: () => {
        clone.close();
        base.close();
      },
    };
  } catch (error) {
    base.close();
    throw error;
  }
}
