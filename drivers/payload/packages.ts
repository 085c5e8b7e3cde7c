import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { aptShow, type AptMemory } from './apt-show.js';
import type { IndexedPackage } from './apt-index.js';
import { asideDirectory, exists } from './cache.js';
import { sha256Of } from './files.js';
import { runTool } from './tool.js';

/** Depends on the newest kernel made for virtual machines: the smallest of Debian's, LZ4 packed. */
const KERNEL_METAPACKAGE = 'linux-image-cloud-amd64';

export interface PayloadPackages {
  readonly kernel: IndexedPackage;
  /** All of them, the kernel too, in the order of their names. */
  readonly all: readonly IndexedPackage[];
}

/**
 * Asks apt's index which versions there are today; nothing is downloaded.
 * @throws FaultError PAY-001 when a package is in no index
 */
export async function resolvePackages(
  names: readonly string[],
  memory: AptMemory,
  signal: AbortSignal,
): Promise<PayloadPackages> {
  const known = await aptShow([KERNEL_METAPACKAGE, ...names], memory, signal);
  const kernelName = find(known, KERNEL_METAPACKAGE).depends.find((name) => name.startsWith('linux-image-'));
  if (kernelName === undefined) throw unknownPackages([KERNEL_METAPACKAGE]);
  const [kernel] = await aptShow([kernelName], memory, signal);
  if (kernel === undefined) throw unknownPackages([kernelName]);
  const missing = names.filter((name) => !known.some((candidate) => candidate.name === name));
  if (missing.length > 0) throw unknownPackages(missing);
  const all = [kernel, ...names.map((name) => find(known, name))];
  return { kernel, all: all.sort((left, right) => (left.name < right.name ? -1 : 1)) };
}

/**
 * The package's .deb in `directory`, downloaded as an ordinary user when it is not there yet. Its SHA-256 is checked
 * against apt's index either way: apt checks what it downloads, and nobody but us checks what lay in the cache.
 *
 * @throws FaultError PAY-002, PAY-003
 */
export async function packageFile(
  wanted: IndexedPackage,
  { directory, announce }: { readonly directory: string; readonly announce: () => void },
  signal: AbortSignal,
): Promise<string> {
  const file = join(directory, `${wanted.name}_${wanted.sha256.slice(0, 16)}.deb`);
  if (await exists(file)) {
    if ((await sha256Of(file)) === wanted.sha256) return file;
    // A damaged download is no reason to stop: what is fetched instead is checked again.
    await rm(file);
  }
  announce();
  const aside = await asideDirectory(directory);
  try {
    const downloaded = join(aside, debFileName(wanted));
    await download(wanted, aside, signal);
    if (!(await exists(downloaded))) throw unfetched(wanted.name, `apt-get left no ${downloaded}`);
    const actual = await sha256Of(downloaded);
    if (actual !== wanted.sha256) {
      const expected = wanted.sha256;
      throw new FaultError({ code: 'PAY-003', kind: 'package.checksum', file: downloaded, expected, actual });
    }
    await rename(downloaded, file);
    return file;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function download(wanted: IndexedPackage, directory: string, signal: AbortSignal): Promise<void> {
  // As root, apt would fetch as user _apt, who may not write into our cache; it then warns and goes on as root anyway.
  const options = ['-q', '-o', 'APT::Sandbox::User=root'];
  try {
    const argv = ['apt-get', ...options, 'download', `${wanted.name}=${wanted.version}`] as const;
    await runTool({ argv, directory }, signal);
  } catch (thrown) {
    if (thrown instanceof FaultError && thrown.fault.code === 'PAY-006') throw unfetched(wanted.name, thrown.fault.why);
    throw thrown;
  }
}

/** `1:1.35.0-4` is `1%3a1.35.0-4` in a file name. */
function debFileName({ name, version, architecture }: IndexedPackage): string {
  return `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
}

function find(known: readonly IndexedPackage[], name: string): IndexedPackage {
  const found = known.find((candidate) => candidate.name === name);
  if (found === undefined) throw unknownPackages([name]);
  return found;
}

function unknownPackages(names: readonly string[]): FaultError {
  return new FaultError({ code: 'PAY-001', kind: 'package.unknown', names });
}

function unfetched(name: string, why: string): FaultError {
  return new FaultError({ code: 'PAY-002', kind: 'package.unfetched', name, why });
}
