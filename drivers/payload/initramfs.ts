import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { newcArchive } from './cpio.js';
import { guestProgram } from './guest-program.js';
import { dependenciesOf, loadOrder, moduleName, strippedModule } from './kernel-modules.js';
import { MODULES } from './recipe.js';
import type { TreeEntry } from './tree.js';
import type { Unpacked } from './unpacked.js';

export interface InitramfsSources {
  readonly unpacked: Unpacked;
  /** Name of the kernel's package, and its release: `6.1.0-56-cloud-amd64`. */
  readonly kernelPackage: string;
  readonly release: string;
  /** Where init.c and its companions lie. */
  readonly guest: string;
  /** Holds the compiled init while it is made. */
  readonly scratch: string;
}

const INIT_SOURCES = ['init.c', 'iscsi.c', 'system.c'];

/** The initramfs: one program and the modules it loads. Gzip, which every kernel of Debian's unpacks. */
export async function initramfs(sources: InitramfsSources, signal: AbortSignal): Promise<Uint8Array> {
  const { unpacked, guest, scratch } = sources;
  const init = await guestProgram({ unpacked, guest, scratch, sources: INIT_SOURCES }, signal);
  const modules = await modulesInOrder(sources);
  const order = modules.map(({ name }) => `${name}\n`).join('');
  const entries: readonly TreeEntry[] = [
    { kind: 'file', path: 'init', mode: 0o755, content: init },
    // The kernel opens it for init before devtmpfs is mounted. 5:1, Documentation/admin-guide/devices.txt of Linux.
    { kind: 'characterDevice', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    ...['proc', 'sys', 'root'].map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
    { kind: 'file', path: 'modules/order', mode: 0o644, content: Buffer.from(order) },
    ...modules.map(
      ({ name, content }) => ({ kind: 'file', path: `modules/${name}.ko`, mode: 0o644, content }) as const,
    ),
  ];
  return gzipSync(newcArchive(entries), { level: 9 });
}

interface KernelModule {
  readonly name: string;
  readonly content: Uint8Array;
}

async function modulesInOrder(sources: InitramfsSources): Promise<readonly KernelModule[]> {
  const { unpacked, kernelPackage, release } = sources;
  const directory = await unpacked.path(kernelPackage, `lib/modules/${release}`);
  const builtin = await readFile(join(directory, 'modules.builtin'), 'utf8');
  const paths = (await readdir(directory, { recursive: true })).filter((path) => path.endsWith('.ko'));
  const pathOf = new Map(paths.map((path) => [moduleName(path), path]));
  const contents = new Map<string, Buffer>();
  // Only what is reached is read: the package has some thousand modules.
  const needs = async (name: string): Promise<void> => {
    const path = pathOf.get(name);
    if (path === undefined || contents.has(name)) return;
    const content = await readFile(join(directory, path));
    contents.set(name, content);
    for (const needed of dependenciesOf(content)) await needs(needed);
  };
  for (const name of MODULES) await needs(name);
  const dependencies = new Map([...contents].map(([name, content]) => [name, dependenciesOf(content)]));
  const order = loadOrder(MODULES, dependencies, new Set(builtin.trim().split('\n').map(moduleName)));
  return order.flatMap((name) => {
    const content = contents.get(name);
    return content === undefined ? [] : [{ name, content: strippedModule(content) }];
  });
}
