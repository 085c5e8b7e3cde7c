import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FillRequest } from './cached-build.js';
import { blockList, diskImage, fileOffset_bytes } from './disk-image.js';
import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import { ext2Image, type Ext2Image } from './ext2.js';
import { writeSparse } from './files.js';
import { bootLoader, type GrubSources } from './grub.js';
import { initramfs } from './initramfs.js';
import { labelBytes } from './label.js';
import { FREE_BYTES, imageNames, imageRecipes, type ImageName } from './recipe.js';
import type { TreeEntry } from './tree.js';
import { unpack } from './unpacked.js';

export interface BuildRequest extends FillRequest {
  /** Where our guest files lie. */
  readonly guest: string;
}

const LABEL_FILE = 'etc/metalrig-image';

/** Names of the files in a built directory. */
export const BUILT = {
  bootFile: 'undionly.kpxe',
  kernel: 'vmlinuz',
  initramfs: 'initramfs.gz',
  labels: 'labels.json',
} as const;
export const imageFile = (name: ImageName): string => `${name}.img`;

/** Builds kernel, initramfs, boot file and every LUN image. */
export async function build(request: BuildRequest): Promise<void> {
  const { directory, guest, kernelPackage, debs, progress, signal } = request;
  const scratch = join(directory, 'scratch');
  await mkdir(scratch);
  progress(`unpacking ${debs.size} packages`);
  const unpacked = await unpack(debs, join(scratch, 'packages'), signal);
  const release = kernelPackage.replace(/^linux-image-/, '');
  progress('making the initramfs');
  const ramdisk = await initramfs({ unpacked, kernelPackage, release, guest, scratch }, signal);
  const kernel = await unpacked.read(kernelPackage, `boot/vmlinuz-${release}`);
  await writeFile(join(directory, BUILT.initramfs), ramdisk);
  await writeFile(join(directory, BUILT.kernel), kernel);
  await copyFile(await unpacked.path('ipxe', 'usr/lib/ipxe/undionly.kpxe'), join(directory, BUILT.bootFile));
  const rootInit = await readFile(join(guest, 'root-init'));
  const busybox = await unpacked.read('busybox-static', 'bin/busybox');
  const labels: Partial<Record<ImageName, number>> = {};
  for (const name of imageNames) {
    progress(`making the LUN image ${name}`);
    const filesystem = rootFilesystem({ name, kernel, ramdisk, busybox, rootInit });
    const disk = await bootableDisk({ name, filesystem }, { unpacked, guest, scratch }, signal);
    await writeSparse(join(directory, imageFile(name)), disk);
    labels[name] = fileOffset_bytes(filesystem, LABEL_FILE);
  }
  await writeFile(join(directory, BUILT.labels), JSON.stringify(labels));
  await rm(scratch, { recursive: true });
}

interface RootSources {
  readonly name: ImageName;
  readonly kernel: Uint8Array;
  readonly ramdisk: Uint8Array;
  readonly busybox: Uint8Array;
  readonly rootInit: Uint8Array;
}

function rootFilesystem({ name, kernel, ramdisk, busybox, rootInit }: RootSources): Ext2Image {
  const entries: readonly TreeEntry[] = [
    { kind: 'file', path: 'boot/vmlinuz', mode: 0o644, content: kernel },
    { kind: 'file', path: 'boot/initramfs', mode: 0o644, content: ramdisk },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'sbin/init', mode: 0o755, content: rootInit },
    { kind: 'file', path: LABEL_FILE, mode: 0o644, content: labelBytes(name) },
    ...['dev', 'proc', 'sys', 'tmp', 'root'].map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
  ];
  const content_bytes = kernel.length + ramdisk.length + busybox.length;
  const size_blocks = Math.ceil((content_bytes + FREE_BYTES) / (1024 * 1024)) * ((1024 * 1024) / EXT2_BLOCK_BYTES);
  // Any 16 bytes do, as long as they are the same next time and others for another image.
  return ext2Image(entries, size_blocks, createHash('sha256').update(name).digest());
}

async function bootableDisk(
  { name, filesystem }: { readonly name: ImageName; readonly filesystem: Ext2Image },
  grub: GrubSources,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { hasBootLoader, hasInitramfs } = imageRecipes[name];
  if (!hasBootLoader) return diskImage(filesystem, null);
  const kernel = blockList(filesystem, 'boot/vmlinuz');
  const ramdisk = hasInitramfs ? blockList(filesystem, 'boot/initramfs') : null;
  return diskImage(filesystem, await bootLoader(grub, { kernel, initramfs: ramdisk }, signal));
}
