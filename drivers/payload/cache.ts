import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FaultError, faultOf } from '../../core/faults/fault.js';

const BUILDING = '.building-';

/** `$XDG_CACHE_HOME/metalrig`, or `~/.cache/metalrig`; a relative XDG_CACHE_HOME is ignored, as its standard says. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = environment['XDG_CACHE_HOME'] ?? '';
  return join(given.startsWith('/') ? given : join(homedir(), '.cache'), 'metalrig');
}

/**
 * The directory `parent/name`, filled by `fill` when it is not there yet. It is filled aside and renamed when it is
 * whole, so an entry is either whole or absent, and of two processes filling the same one the later takes the earlier
 * one's. What processes that died left behind is removed.
 *
 * @throws FaultError PAY-004 (disk full), PAY-005 (no permission, not a directory)
 */
export async function cacheEntry(
  parent: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const entry = join(parent, name);
  try {
    if (await exists(entry)) return entry;
    await ensureDirectory(parent);
    const aside = await asideDirectory(parent);
    try {
      await fill(aside);
      // mkdtemp makes it 0700; what it holds is no secret, and another user's QEMU may be the one that reads it.
      await chmod(aside, 0o755);
      await rename(aside, entry);
    } catch (thrown) {
      await rm(aside, { recursive: true, force: true });
      // Somebody else was first: rename(2) refuses to replace a directory that is not empty.
      if (!(isSystemError(thrown, 'ENOTEMPTY', 'EEXIST') && (await exists(entry)))) throw thrown;
    }
    return entry;
  } catch (thrown) {
    throw asFault(thrown, parent);
  }
}

/** A new directory in `parent` for work in progress; what processes that are dead left there is removed. */
export async function asideDirectory(parent: string): Promise<string> {
  await removeAbandoned(parent);
  return mkdtemp(join(parent, `${BUILDING}${process.pid}-`));
}

/**
 * Asked before a build: the tools that it runs report a full disk in words only.
 * @throws FaultError PAY-004
 */
export async function requireSpace(directory: string, needed_bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < needed_bytes) throw new FaultError({ code: 'PAY-004', kind: 'payload.noSpace', directory });
}

/** @throws FaultError PAY-005 */
export async function ensureDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return directory;
  } catch (thrown) {
    throw asFault(thrown, directory);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(/^\.building-(\d+)-/.exec(name)?.[1] ?? process.pid);
    if (name.startsWith(BUILDING) && pid !== process.pid && !isAlive(pid)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return isSystemError(thrown, 'EPERM');
  }
}

/** What the file system refuses becomes a fault; faults and bugs pass. */
function asFault(thrown: unknown, directory: string): unknown {
  if (faultOf(thrown) !== null) return thrown;
  if (isSystemError(thrown, 'ENOSPC', 'EDQUOT')) {
    return new FaultError({ code: 'PAY-004', kind: 'payload.noSpace', directory }, thrown);
  }
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EIO', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'EISDIR'];
  if (isSystemError(thrown, ...codes)) {
    return new FaultError({ code: 'PAY-005', kind: 'payload.cacheUnusable', directory, why: thrown.code }, thrown);
  }
  return thrown;
}

function isSystemError(thrown: unknown, ...codes: readonly string[]): thrown is Error & { readonly code: string } {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code);
}
