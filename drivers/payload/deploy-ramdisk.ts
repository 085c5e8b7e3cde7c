import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { newcArchive } from './cpio.js';
import type { LocalCores } from './local-grub.js';
import { GRUB_DIRECTORY, RAMDISK_FILES } from './mesh-recipe.js';
import type { TreeEntry } from './tree.js';
import type { Unpacked } from './unpacked.js';

export interface RamdiskSources {
  readonly unpacked: Unpacked;
  readonly guest: string;
  /** The packed initramfs of the other images, with every module that the ramdisk loads. */
  readonly initramfs: Uint8Array;
  readonly cores: LocalCores;
  /** Receives what is sent to many nodes at once. */
  readonly receiver: Uint8Array;
}

/** Of the receiver, in the guests' directory. */
export const RECEIVER_SOURCES = ['mcast.c', 'sha256.c', 'system.c'];

/**
 * The deploy ramdisk: the initramfs of the other images, and behind it an archive whose init takes the place of its
 * init. The kernel unpacks one after the other, and the later file wins.
 *
 * @see Documentation/driver-api/early-userspace/buffer-format.rst of Linux
 */
export async function deployRamdisk(sources: RamdiskSources): Promise<Uint8Array> {
  const { unpacked, guest, initramfs, cores, receiver } = sources;
  const entries: readonly TreeEntry[] = [
    { kind: 'file', path: 'init', mode: 0o755, content: await readFile(join(guest, 'deploy-init')) },
    { kind: 'file', path: 'sbin/mcast', mode: 0o755, content: receiver },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'symlink', path: 'lib64/ld-linux-x86-64.so.2', target: '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' },
    ...['first', 'run', 'slot', 'tmp'].map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
    ...(await packagedFiles(unpacked)),
    { kind: 'file', path: `${GRUB_DIRECTORY}/first.img`, mode: 0o644, content: cores.first },
    { kind: 'file', path: `${GRUB_DIRECTORY}/slot.img`, mode: 0o644, content: cores.slot },
  ];
  return Buffer.concat([initramfs, gzipSync(newcArchive(entries), { level: 9 })]);
}

async function packagedFiles(unpacked: Unpacked): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for (const [name, files] of Object.entries(RAMDISK_FILES)) {
    for (const path of files) {
      const mode = path.startsWith('etc/') ? 0o644 : 0o755;
      entries.push({ kind: 'file', path, mode, content: await unpacked.read(name, path) });
    }
  }
  return entries;
}
