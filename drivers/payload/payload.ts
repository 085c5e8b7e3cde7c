import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../core/unreachable.js';
import { BUILT, build, imageFile } from './build.js';
import { cacheDirectory, cacheEntry, ensureDirectory, requireSpace } from './cache.js';
import { sha256Of } from './files.js';
import { packageFile, resolvePackages, type PayloadPackages } from './packages.js';
import { PACKAGES, imageNames, type ImageName } from './recipe.js';

export interface PayloadOptions {
  /** Where packages and what was built are kept; `cacheDirectory()` unless told. */
  readonly cache?: string;
  /** One line for a person, whenever something that takes time begins. */
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** What will be read: only that is checked against its checksum, which takes 1 ms a megabyte. All unless told. */
  readonly uses?: readonly PayloadPart[];
}

/** The kernel with its initramfs for a boot without firmware, the boot file, or a LUN image. */
export type PayloadPart = 'kernel' | 'bootFile' | ImageName;

/** Paths of files that nobody may write to: they are shared by every run. */
export interface Payload {
  /** undionly.kpxe. */
  readonly bootFile: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly images: Readonly<Record<ImageName, string>>;
  /** Where in each image its label stands, in bytes: a clone may be given a name of its own there (`labelBytes`). */
  readonly labels: Readonly<Record<ImageName, number>>;
  /** Package name -> version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Where apt keeps its lists, its sources and its preferences. */
const APT_ROOTS = ['/var/lib/apt/lists', '/etc/apt'] as const;
/** A build takes 230 MB at its height: the unpacked kernel package is 115 of them. 70 stay. */
const NEEDED_BYTES = 300_000_000;
const CHECKSUMS = 'SHA256SUMS';
const BUILT_FILES: readonly string[] = [...Object.values(BUILT), ...imageNames.map(imageFile)];

/**
 * The guest payload, built from Debian's packages when the cache does not hold it yet: 0.3 s when it does, 6 s when
 * not, and what the download of 33 MB takes. Needs no root. Same packages, same code: same bytes.
 *
 * @throws FaultError PAY-001 to PAY-008
 */
export async function buildPayload(options: PayloadOptions = {}): Promise<Payload> {
  const { cache = cacheDirectory(), progress = () => {}, signal = new AbortController().signal } = options;
  const memory = { directory: await ensureDirectory(join(cache, 'index')), aptRoots: APT_ROOTS };
  const packages = await resolvePackages(PACKAGES, memory, signal);
  const entries = join(cache, 'payload');
  const key = await keyOf(packages);
  const fill = async (directory: string): Promise<void> => {
    await requireSpace(directory, NEEDED_BYTES);
    const debs = await fetchAll(packages, await ensureDirectory(join(cache, 'packages')), { progress, signal });
    await build({ directory, guest: guestDirectory(), kernelPackage: packages.kernel.name, debs, progress, signal });
    await writeChecksums(directory);
  };
  let directory = await cacheEntry(entries, key, fill);
  const damaged = await firstDamaged(directory, filesOf(options.uses ?? ['kernel', 'bootFile', ...imageNames]));
  if (damaged !== null) {
    progress(`${join(directory, damaged)} is damaged: building it again`);
    await rm(directory, { recursive: true });
    directory = await cacheEntry(entries, key, fill);
  }
  const image = (name: ImageName): string => join(directory, imageFile(name));
  return {
    bootFile: join(directory, BUILT.bootFile),
    kernel: join(directory, BUILT.kernel),
    initramfs: join(directory, BUILT.initramfs),
    // Our own file, whose checksum was just verified.
    labels: JSON.parse(await readFile(join(directory, BUILT.labels), 'utf8')) as Payload['labels'],
    images: { root: image('root'), 'no-boot-loader': image('no-boot-loader'), panic: image('panic') },
    versions: Object.fromEntries(packages.all.map(({ name, version }) => [name, version])),
  };
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

async function writeChecksums(directory: string): Promise<void> {
  const lines: string[] = [];
  for (const file of BUILT_FILES) lines.push(`${await sha256Of(join(directory, file))}  ${file}\n`);
  await writeFile(join(directory, CHECKSUMS), lines.join(''));
}

function filesOf(parts: readonly PayloadPart[]): readonly string[] {
  const files = parts.flatMap((part) => {
    if (part === 'kernel') return [BUILT.kernel, BUILT.initramfs];
    return part === 'bootFile' ? [BUILT.bootFile] : [imageFile(part)];
  });
  return [BUILT.labels, ...new Set(files)];
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
