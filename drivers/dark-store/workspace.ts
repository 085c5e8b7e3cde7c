import {
  closeSync,
  existsSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NO_PROCESS, processStart } from '../process/alive.js';
import { wallNow } from '../system-clock/wall.js';
import { FaultError } from '../../core/faults/fault.js';
import { MANIFEST_FILE, manifestText, type ImageManifest } from '../../core/image/manifest.js';
import { refText, type ImageRef } from '../../core/image/ref.js';
import { sumsText } from '../../core/image/sums.js';
import { attempt, attemptLater, mapped, whyOf } from './attempt.js';
import { OutputFile, type WrittenFile } from './output-file.js';

export const SUMS = 'SHA256SUMS';
/** Whose it is: `.work-HOST-PID-START-N`. Hidden, so it is never taken for a project. */
const WORK = /^\.work-(.+)-(\d+)-([^-]+)-\d+$/;
/** Another host's process cannot be looked at; an import that has written nothing for so long is dead. */
const ABANDONED_MS = 24 * 3600 * 1000;

const TRIAL = 'trial';

let lastNumber = 0;

/** A hidden directory beside the projects, in which an image grows until it is whole. */
export class Workspace {
  readonly #store: string;
  readonly #directory: string;
  readonly #image: string;
  readonly #files = new Map<string, WrittenFile>();

  /** Also clears away what killed processes left behind. @throws FaultError IMG-013, IMG-014 */
  constructor(store: string, { project, name }: ImageRef) {
    this.#store = store;
    attempt(store, () => mkdirSync(store, { recursive: true }));
    sweep(store);
    const own = `.work-${hostname()}-${process.pid}-${processStart(process.pid)}-${++lastNumber}`;
    this.#directory = join(store, own);
    this.#image = join(this.trial, project, name);
    attempt(this.#directory, () => {
      mkdirSync(this.#image, { recursive: true });
      mkdirSync(join(this.#directory, 'scratch'));
    });
  }

  /** Where a file of the image is being written. */
  readonly pathOf = (name: string): string => join(this.#image, name);

  /** A shelf that holds this image alone, before it is committed. */
  get trial(): string {
    return join(this.#directory, TRIAL);
  }

  /** Where a file is that nobody needs afterwards. */
  scratchOf(name: string): string {
    return join(this.#directory, 'scratch', name);
  }

  /** A file that is whole, for the checksums. */
  add(file: WrittenFile): void {
    this.#files.set(file.name, file);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const file = new OutputFile(this.pathOf(name), name);
    try {
      file.write(typeof content === 'string' ? Buffer.from(content) : content);
      this.add(await file.finish());
    } finally {
      file.close();
    }
  }

  /** The image is whole, with its manifest and checksums. @throws FaultError IMG-013, IMG-014 */
  async finish(image: Omit<ImageManifest, 'size_bytes'>): Promise<ImageManifest> {
    const size_bytes = [...this.#files.values()].reduce((sum, file) => sum + file.size_bytes, 0);
    const manifest: ImageManifest = { ...image, size_bytes };
    await this.write(MANIFEST_FILE, manifestText(manifest));
    const sums = new Map([...this.#files.values()].map(({ name, sha256 }) => [name, sha256]));
    await this.write(SUMS, sumsText(sums));
    await syncDirectory(this.pathOf('.'));
    return manifest;
  }

  /** Puts the whole image where it belongs, in one step. @throws FaultError IMG-003, IMG-013, IMG-014 */
  async commit(ref: ImageRef): Promise<void> {
    const project = join(this.#store, ref.project);
    attempt(project, () => mkdirSync(project, { recursive: true }));
    try {
      renameSync(this.pathOf('.'), join(project, ref.name));
    } catch (thrown) {
      removeIfEmpty(project);
      if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(whyOf(thrown))) {
        throw new FaultError({ code: 'IMG-003', kind: 'image.exists', image: refText(ref) }, thrown);
      }
      throw mapped(project, thrown);
    }
    await syncDirectory(project);
    await syncDirectory(this.#store);
  }

  dropScratch(name: string): void {
    rmSync(this.scratchOf(name), { force: true });
  }

  /** Whatever became of the image; what is left of the work goes. */
  close(): void {
    attempt(this.#directory, () => rmSync(this.#directory, { recursive: true, force: true }));
  }
}

/** Takes an image away in one step; what is then left of it is hidden, and swept if we die here. */
export function removeImage(store: string, ref: ImageRef): void {
  const project = join(store, ref.project);
  const image = join(project, ref.name);
  if (!existsSync(image)) return;
  const work = new Workspace(store, ref);
  try {
    attempt(image, () => renameSync(image, work.scratchOf('removed')));
    removeIfEmpty(project);
  } finally {
    work.close();
  }
}

function sweep(store: string): void {
  for (const name of attempt(store, () => readdirSync(store))) {
    const [, host, pid, start] = WORK.exec(name) ?? [];
    if (host === undefined || !isDead(join(store, name), { host, pid: Number(pid), start })) continue;
    attempt(store, () => rmSync(join(store, name), { recursive: true, force: true }));
  }
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly start: string | undefined;
}

function isDead(directory: string, { host, pid, start }: Owner): boolean {
  if (host === hostname()) return start === NO_PROCESS || processStart(pid) !== start;
  return wallNow().at - newestChange(directory) > ABANDONED_MS;
}

function newestChange(directory: string): number {
  try {
    const trial = join(directory, TRIAL);
    const entries = readdirSync(trial, { encoding: 'utf8', recursive: true }).map((name) => join(trial, name));
    return Math.max(...[directory, ...entries].map((path) => statSync(path).mtimeMs));
  } catch {
    // Half made or half taken away: its owner, or another sweep, is at it.
    return wallNow().at;
  }
}

/** A project without images is none. */
function removeIfEmpty(project: string): void {
  try {
    rmdirSync(project);
  } catch {
    // It has images, or somebody else has taken it away.
  }
}

async function syncDirectory(path: string): Promise<void> {
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    await attemptLater(path, () => promisify(fsync)(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
