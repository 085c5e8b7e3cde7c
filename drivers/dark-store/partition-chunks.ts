import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ImageManifest, PartitionImage } from '../../core/image/manifest.js';
import { refText } from '../../core/image/ref.js';
import { FaultError } from '../../core/faults/fault.js';
import { openPlain, readChunks } from './read-chunks.js';

/**
 * The compressed stream of a partition, part after part.
 * @throws FaultError IMG-004 behind the last byte when they are not what the manifest says; IMG-005
 */
export async function* partitionChunks(
  directory: string,
  manifest: ImageManifest,
  { device, files, stored }: PartitionImage,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  let size_bytes = 0;
  for (const file of files) {
    const path = join(directory, file);
    for await (const chunk of readChunks(openPlain(path, file), path)) {
      hash.update(chunk);
      size_bytes += chunk.length;
      yield chunk;
    }
  }
  if (size_bytes === stored.size_bytes && hash.digest('hex') === stored.sha256) return;
  const what = `what is stored of ${device} is not what was stored`;
  throw new FaultError({ code: 'IMG-004', kind: 'image.damaged', image: refText(manifest), what });
}
