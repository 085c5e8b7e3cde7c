import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Clone } from '../../drivers/lun-store/clone.js';
import { Image } from '../../drivers/lun-store/image.js';
import type { Readings } from './figure.js';
import { startStopwatch } from './stopwatch.js';

const BASE_BYTES = 10 * 1024 ** 3;

/** Milliseconds until a clone of a 10 GiB base, sparse here, can be written; the first one of its process. */
export function measureClone(folder: string): Readings {
  const file = join(folder, 'large.img');
  const descriptor = openSync(file, 'w');
  ftruncateSync(descriptor, BASE_BYTES);
  closeSync(descriptor);
  const base = Image.open(file, { isReadOnly: true });
  const stop = startStopwatch();
  const clone = Clone.create(base, join(folder, 'node.lun'));
  const { wall_s, cpu_s } = stop();
  clone.write(4096, Buffer.alloc(4096, 1));
  if (clone.size_bytes !== BASE_BYTES || clone.read(4096, 1)[0] !== 1) throw new Error('the clone is none');
  clone.close();
  base.close();
  return { clone_ms: wall_s * 1000, clone_cpu_ms: cpu_s * 1000 };
}
