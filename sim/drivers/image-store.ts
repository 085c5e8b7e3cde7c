import type { FileSystem } from '../../core/image/file-systems.js';
import type { ImageManifest, PartitionImage } from '../../core/image/manifest.js';
import { partName } from '../../core/image/part-name.js';
import { refText, type ImageRef } from '../../core/image/ref.js';
import type { AddRequest, ImageEntry, ImageStore, PartitionStream } from '../../core/ports/image-store.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';

/** What would be found at a path: the partitions of an image, or what is wrong with it. */
export type SimSource = readonly SimPartition[] | Fault;

export interface SimPartition {
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly size_bytes: number;
  /** Its stream, compressed and not: nothing shrinks here. */
  readonly content: Uint8Array;
}

export interface SimShelfParts {
  /** By path. */
  readonly sources: ReadonlyMap<string, SimSource>;
  /** SHA-256 in lower-case hexadecimal, handed in since the simulation has no platform. */
  readonly sha256: (bytes: Uint8Array) => string;
}

/** Every image came at the same time: a simulation knows no dates. */
const ADDED_AT = '1970-01-01T00:00:00Z';

interface Kept {
  readonly ref: ImageRef;
  readonly manifest: ImageManifest;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** A shelf in memory. */
export function simImageStore({ sources, sha256 }: SimShelfParts): ImageStore {
  const shelf = new Map<string, Kept>();
  const kept = (ref: ImageRef): Kept => {
    const found = shelf.get(refText(ref));
    if (found !== undefined) return found;
    throw new FaultError({ code: 'IMG-002', kind: 'image.unknown', image: refText(ref), store: 'the simulation' });
  };
  return {
    list: async () => [...shelf.values()].map(({ ref, manifest }): ImageEntry => ({ ref, manifest })).sort(byName),
    manifest: async (ref) => kept(ref).manifest,
    add: async (request, signal) => {
      const added = made(request, sources.get(request.source.path), { sha256, signal });
      if (shelf.has(refText(request.ref))) {
        throw new FaultError({ code: 'IMG-003', kind: 'image.exists', image: refText(request.ref) });
      }
      shelf.set(refText(request.ref), added);
      return added.manifest;
    },
    open: async (ref, device) => opened(kept(ref), device),
    remove: async (ref) => void shelf.delete(refText(ref)),
  };
}

interface Making {
  readonly sha256: SimShelfParts['sha256'];
  readonly signal: AbortSignalLike;
}

function made({ ref, source, kinds }: AddRequest, found: SimSource | undefined, { sha256, signal }: Making): Kept {
  const { path, kind } = source;
  if (signal.aborted) throw new FaultError({ code: 'CLI-002', kind: 'interrupted' });
  if (found === undefined) throw new FaultError({ code: 'IMG-005', kind: 'source.unreadable', path, why: 'ENOENT' });
  if ('code' in found) throw new FaultError(found);
  const partitions = found.map(({ device, fileSystem, size_bytes, content }): PartitionImage => {
    const part = { device, fileSystem, compression: 'zstd' } as const;
    return {
      ...part,
      size_bytes,
      used_bytes: content.length,
      files: [partName({ ...part, index: 0 })],
      stored: { size_bytes: content.length, sha256: sha256(content) },
      stream: { size_bytes: content.length },
    };
  });
  const size_bytes = partitions.reduce((sum, { stored }) => sum + stored.size_bytes, 0);
  const disk = null;
  const manifest: ImageManifest = {
    version: 1,
    ...ref,
    addedAt: ADDED_AT,
    kinds,
    from: kind,
    disk,
    partitions,
    size_bytes,
  };
  return { ref, manifest, contents: new Map(found.map(({ device, content }) => [device, content])) };
}

function opened({ ref, manifest, contents }: Kept, device: string): PartitionStream {
  const partition = manifest.partitions.find((one) => one.device === device);
  const content = contents.get(device);
  if (partition !== undefined && content !== undefined) return { partition, open: () => inChunks(content) };
  const known = manifest.partitions.map((one) => one.device);
  throw new FaultError({ code: 'IMG-018', kind: 'partition.unknown', image: refText(ref), partition: device, known });
}

const CHUNK_BYTES = 65_536;

async function* inChunks(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES);
}

function byName(one: ImageEntry, other: ImageEntry): number {
  if (one.ref.project !== other.ref.project) return one.ref.project < other.ref.project ? -1 : 1;
  return one.ref.name < other.ref.name ? -1 : 1;
}
