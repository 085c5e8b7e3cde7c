import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../core/unreachable.js';
import { cacheDirectory, cacheEntry, ensureDirectory, requireSpace } from './cache.js';
import { sha256Of } from './files.js';
import { packageFile, resolvePackages, type PayloadPackages } from './packages.js';

export interface PayloadOptions {
  /** Where packages and what was built are kept; `cacheDirectory()` unless told. */
  readonly cache?: string;
  /** One line for a person, whenever something that takes time begins. */
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface CachedBuild {
  /** Names of the packages it is made of, beside the kernel. */
  readonly packages: readonly string[];
  /** Comes before the hash in the entry's name. */
  readonly prefix: string;
  /** Every file that a whole entry holds. */
  readonly files: readonly string[];
  /** What will be read: only that is checked against its checksum, which takes 1 ms a megabyte. */
  readonly uses: readonly string[];
  readonly needed_bytes: number;
  /** Fills an empty directory. */
  readonly fill: (request: FillRequest) => Promise<void>;
}

export interface FillRequest {
  readonly directory: string;
  /** Name of the kernel's package; its release is what follows `linux-image-`. */
  readonly kernelPackage: string;
  /** Package name -> verified .deb, also for the kernel. */
  readonly debs: ReadonlyMap<string, string>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface BuiltEntry {
  readonly directory: string;
  /** Package name -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Where apt keeps its lists, its sources and its preferences. */
const APT_ROOTS = ['/var/lib/apt/lists', '/etc/apt'] as const;
const CHECKSUMS = 'SHA256SUMS';

/**
 * A cache entry for these packages and today's code: built when it is not there, and again when it is damaged.
 * @throws FaultError PAY-001 to PAY-008
 */
export async function cachedBuild(what: CachedBuild, options: PayloadOptions): Promise<BuiltEntry> {
  const { cache = cacheDirectory(), progress = () => {}, signal = new AbortController().signal } = options;
  const memory = { directory: await ensureDirectory(join(cache, 'index')), aptRoots: APT_ROOTS };
  const packages = await resolvePackages(what.packages, memory, signal);
  const entries = join(cache, 'payload');
  const key = `${what.prefix}${await keyOf(packages)}`;
  const fill = async (directory: string): Promise<void> => {
    await requireSpace(directory, what.needed_bytes);
    const debs = await fetchAll(packages, await ensureDirectory(join(cache, 'packages')), { progress, signal });
    await what.fill({ directory, kernelPackage: packages.kernel.name, debs, progress, signal });
    await writeChecksums(directory, what.files);
  };
  let directory = await cacheEntry(entries, key, fill);
  const damaged = await firstDamaged(directory, what.uses);
  if (damaged !== null) {
    progress(`${join(directory, damaged)} is damaged: building it again`);
    await rm(directory, { recursive: true });
    directory = await cacheEntry(entries, key, fill);
  }
  return { directory, versions: Object.fromEntries(packages.all.map(({ name, version }) => [name, version])) };
}

/** The sources of the guest's files; they lie beside the sources of this file. */
export function guestDirectory(): string {
  return join(packageRoot(), 'drivers', 'payload', 'guest');
}

/** This code may run from its own compiled file or out of a bundle: the package is where the guest's sources are. */
function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'drivers', 'payload', 'guest'))) {
    assert(directory !== dirname(directory), "the guest's sources are part of the package");
    directory = dirname(directory);
  }
  return directory;
}

/** Every input of a build in one name: the packages, our code and guest files, the packer inside Node. */
async function keyOf(packages: PayloadPackages): Promise<string> {
  const hash = createHash('sha256');
  hash.update(`zlib ${process.versions.zlib ?? ''}\n`);
  for (const { name, version, sha256 } of packages.all) hash.update(`${name} ${version} ${sha256}\n`);
  for (const directory of [join(packageRoot(), 'dist', 'drivers', 'payload'), guestDirectory()]) {
    const files = (await readdir(directory)).filter((file) => !file.endsWith('.d.ts') && !file.endsWith('.map'));
    for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(directory, file)));
  }
  return hash.digest('hex').slice(0, 32);
}

async function fetchAll(
  packages: PayloadPackages,
  directory: string,
  { progress, signal }: { readonly progress: (line: string) => void; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const debs = new Map<string, string>();
  for (const wanted of packages.all) {
    const announce = (): void => progress(`fetching ${wanted.name} ${wanted.version} (${wanted.size_bytes} bytes)`);
    debs.set(wanted.name, await packageFile(wanted, { directory, announce }, signal));
  }
  return debs;
}

async function writeChecksums(directory: string, files: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const file of files) lines.push(`${await sha256Of(join(directory, file))}  ${file}\n`);
  await writeFile(join(directory, CHECKSUMS), lines.join(''));
}

/** Name of the first file that is not what was built; null when all are. */
async function firstDamaged(directory: string, files: readonly string[]): Promise<string | null> {
  const readable = async (read: () => Promise<string>): Promise<string> => read().catch(() => 'unreadable');
  const expected = await readable(() => readFile(join(directory, CHECKSUMS), 'utf8'));
  for (const file of files) {
    const actual = await readable(() => sha256Of(join(directory, file)));
    if (!expected.includes(`${actual}  ${file}\n`)) return file;
  }
  return null;
}
