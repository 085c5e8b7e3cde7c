import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DETECT_BYTES, detectFileSystem } from '../../core/image/detect-file-system.js';
import { MANIFEST_FILE, parseManifest, type ImageManifest, type SourceKind } from '../../core/image/manifest.js';
import type { Compression } from '../../core/image/part-name.js';
import { isPlainName, refText, type ImageRef } from '../../core/image/ref.js';
import type { AddRequest, ImageEntry, ImageStore, PartitionStream } from '../../core/ports/image-store.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError } from '../../core/faults/fault.js';
import { wallNow } from '../system-clock/wall.js';
import { addClonezilla } from './add-clonezilla.js';
import { addRawDisk, addRawPartition, type HowToSave, type Saved } from './add-raw.js';
import { attempt, attemptToRead, whyOf } from './attempt.js';
import { exportClonezilla } from './export-clonezilla.js';
import { writeLunDisk, type HeadOf } from './lun-disk.js';
import { partitionChunks } from './partition-chunks.js';
import type { OnProgress } from './progress.js';
import { RawFile } from './raw-file.js';
import { restoreDisk, restorePartition, type Restoring } from './restore.js';
import { verifyImage, type FileProblem } from './verify.js';
import { removeImage, Workspace } from './workspace.js';

export interface DarkStoreOptions {
  readonly directory: string;
  /** For images made here; what comes from Clonezilla stays as it is. */
  readonly compression?: Compression;
  /** How large a file of a partition becomes at most; without it there is one, as with Clonezilla's `-i 0`. */
  readonly split_bytes?: number;
  readonly onProgress?: OnProgress;
  /** Asked before an image is shelved, with a shelf that holds it alone: what it throws refuses the image. */
  readonly accept?: (trial: DarkStore, manifest: ImageManifest) => Promise<void>;
}

/** Where an image goes: a Clonezilla directory, a whole disk, or the partition of that name. */
export type ExportTo =
  | { readonly kind: 'clonezilla'; readonly path: string }
  | { readonly kind: 'disk'; readonly path: string }
  | { readonly kind: 'partition'; readonly path: string; readonly device: string };

export interface LunDiskOrder {
  readonly path: string;
  readonly headOf: HeadOf;
}

/** The shelf: `DIRECTORY/PROJECT/NAME/`, plain files. */
export class DarkStore implements ImageStore {
  readonly #directory: string;
  readonly #how: HowToSave;
  readonly #onProgress: OnProgress;
  readonly #accept: NonNullable<DarkStoreOptions['accept']>;

  constructor({ directory, compression = 'zstd', split_bytes, onProgress, accept }: DarkStoreOptions) {
    this.#directory = directory;
    this.#how = { compression, split_bytes: split_bytes ?? null };
    this.#onProgress = onProgress ?? (() => {});
    this.#accept = accept ?? (() => Promise.resolve());
  }

  async list(): Promise<readonly ImageEntry[]> {
    const projects = this.#namesIn(this.#directory);
    return projects.flatMap((project) =>
      this.#namesIn(join(this.#directory, project)).map((name) => {
        const read = this.#read({ project, name });
        return { ref: { project, name }, manifest: typeof read === 'string' ? null : read };
      }),
    );
  }

  async manifest(ref: ImageRef): Promise<ImageManifest> {
    if (!this.has(ref)) {
      throw new FaultError({ code: 'IMG-002', kind: 'image.unknown', image: refText(ref), store: this.#directory });
    }
    const read = this.#read(ref);
    if (typeof read !== 'string') return read;
    throw new FaultError({ code: 'IMG-004', kind: 'image.damaged', image: refText(ref), what: read });
  }

  /** Whether there is an image of that name, sound or not. */
  has(ref: ImageRef): boolean {
    return existsSync(this.#pathOf(ref));
  }

  async add({ ref, source, kinds }: AddRequest, signal: AbortSignalLike): Promise<ImageManifest> {
    if (this.has(ref)) {
      throw new FaultError({ code: 'IMG-003', kind: 'image.exists', image: refText(ref) });
    }
    const workspace = new Workspace(this.#directory, ref);
    const work = { workspace, signal, onProgress: this.#onProgress };
    try {
      const saved: Saved = await {
        clonezilla: () => addClonezilla(source.path, work),
        disk: () => addRawDisk(source.path, this.#how, work),
        partition: () => addRawPartition(source.path, this.#how, work),
      }[source.kind]();
      const { disk, partitions } = saved;
      const addedAt = wallNow().iso;
      const made = { version: 1, ...ref, addedAt, kinds, from: source.kind, disk, partitions } as const;
      const manifest = await workspace.finish(made);
      await this.#accept(new DarkStore({ directory: workspace.trial }), manifest);
      await workspace.commit(ref);
      return manifest;
    } finally {
      workspace.close();
    }
  }

  async open(ref: ImageRef, device: string): Promise<PartitionStream> {
    const manifest = await this.manifest(ref);
    const partition = partitionOf(manifest, device);
    return { partition, open: () => partitionChunks(this.#pathOf(ref), manifest, partition) };
  }

  async remove(ref: ImageRef): Promise<void> {
    removeImage(this.#directory, ref);
  }

  /** @throws FaultError IMG-002 where there is no such image */
  async verify(ref: ImageRef, signal: AbortSignalLike): Promise<readonly FileProblem[]> {
    if (!this.has(ref)) await this.manifest(ref);
    return verifyImage(this.#pathOf(ref), signal, this.#onProgress);
  }

  /** @throws FaultError IMG-002, IMG-004, IMG-012 to IMG-014, IMG-016 to IMG-018; CLI-002 when aborted */
  async export(ref: ImageRef, to: ExportTo, signal: AbortSignalLike): Promise<ImageManifest> {
    const manifest = await this.manifest(ref);
    const work: Restoring = { directory: this.#pathOf(ref), manifest, signal, onProgress: this.#onProgress };
    if (to.kind === 'clonezilla') await exportClonezilla(to.path, work);
    else if (to.kind === 'disk') await restoreDisk(to.path, work);
    else await restorePartition(partitionOf(manifest, to.device), to.path, work);
    return manifest;
  }

  /**
   * The disk that a LUN of the image is, as a sparse file that appears when it is whole: a saved disk as it was, else
   * the root partition behind what `headOf` gives.
   * @throws FaultError as `export`, and IMG-019
   */
  async lunDisk(ref: ImageRef, { path, headOf }: LunDiskOrder, signal: AbortSignalLike): Promise<void> {
    const manifest = await this.manifest(ref);
    const work = { directory: this.#pathOf(ref), manifest, signal, onProgress: this.#onProgress };
    await writeLunDisk(path, headOf, work);
  }

  #pathOf({ project, name }: ImageRef): string {
    return join(this.#directory, project, name);
  }

  /** A text: what is wrong with it. One small file is read, however large the image. */
  #read(ref: ImageRef): ImageManifest | string {
    let text: string;
    try {
      text = readFileSync(join(this.#pathOf(ref), MANIFEST_FILE), 'utf8');
    } catch (thrown) {
      return `${MANIFEST_FILE}: ${whyOf(thrown)}`;
    }
    const manifest = parseManifest(text);
    if (typeof manifest === 'string') return `${MANIFEST_FILE}: ${manifest}`;
    const isItsOwn = manifest.project === ref.project && manifest.name === ref.name;
    return isItsOwn ? manifest : `${MANIFEST_FILE} is of ${refText(manifest)}`;
  }

  #namesIn(directory: string): readonly string[] {
    if (!existsSync(directory)) return [];
    const entries = attempt(directory, () => readdirSync(directory, { withFileTypes: true }));
    return entries
      .filter((entry) => entry.isDirectory() && isPlainName(entry.name))
      .map(({ name }) => name)
      .sort();
  }
}

function partitionOf(manifest: ImageManifest, device: string): PartitionStream['partition'] {
  const partition = manifest.partitions.find((one) => one.device === device);
  if (partition !== undefined) return partition;
  throw new FaultError({
    code: 'IMG-018',
    kind: 'partition.unknown',
    image: refText(manifest),
    partition: device,
    known: manifest.partitions.map((one) => one.device),
  });
}

/** What a path holds: a directory of Clonezilla's, a file system, or else a disk. @throws FaultError IMG-005 */
export function sourceKindOf(path: string): SourceKind {
  const status = attemptToRead(path, () => statSync(path));
  if (status.isDirectory()) return 'clonezilla';
  using file = new RawFile(path);
  return detectFileSystem(file.read(0, DETECT_BYTES)) === null ? 'disk' : 'partition';
}
