import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { diskImage, type BootLoader } from './disk-image.js';
import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import { ext2Image, type Ext2Image } from './ext2.js';
import { labelBytes } from './label.js';
import { RAMDISK_FILES } from './mesh-recipe.js';
import { FREE_BYTES, KERNEL_ARGUMENTS, imageRecipes, type ImageName } from './recipe.js';
import { runTool } from './tool.js';
import type { TreeEntry } from './tree.js';
import type { Unpacked } from './unpacked.js';

export interface SlotSources {
  readonly kernel: Uint8Array;
  readonly initramfs: Uint8Array;
  readonly busybox: Uint8Array;
  readonly rootInit: Uint8Array;
  /** Our own template of /boot/grub/grub.cfg. */
  readonly configuration: string;
}

export const SLOT_LABEL_FILE = 'etc/metalrig-image';
/** Whoever writes the image to a local disk puts the node's name there. */
const NODE_FILE = 'etc/metalrig-node';
const MIB = 1024 * 1024;

/** What the label says until it is written over. */
export function slotName(kind: ImageName): string {
  return `slot-${kind}`;
}

/**
 * A root filesystem that starts from a LUN's only partition and from any slot alike, by its own grub.cfg. Kinds that
 * stop before they need a part of it have none of it.
 */
export function slotFilesystem(kind: ImageName, sources: SlotSources): Ext2Image {
  const entries: readonly TreeEntry[] = [
    ...bootFiles(kind, sources),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: sources.busybox },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'sbin/init', mode: 0o755, content: sources.rootInit },
    { kind: 'file', path: SLOT_LABEL_FILE, mode: 0o644, content: labelBytes(slotName(kind)) },
    { kind: 'file', path: NODE_FILE, mode: 0o644, content: Buffer.from('unnamed\n') },
    ...['dev', 'proc', 'sys', 'tmp', 'root'].map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
  ];
  const content_bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.content.length : 0), 0);
  const size_blocks = Math.ceil((content_bytes + FREE_BYTES) / MIB) * (MIB / EXT2_BLOCK_BYTES);
  return ext2Image(entries, size_blocks, createHash('sha256').update(slotName(kind)).digest());
}

function bootFiles(kind: ImageName, { kernel, initramfs, configuration }: SlotSources): readonly TreeEntry[] {
  const { hasBootLoader, hasInitramfs } = imageRecipes[kind];
  // Nobody ran grub-install for it, so no GRUB would ever get to its kernel.
  if (!hasBootLoader) return [];
  const lines = configuration.split('\n').filter((line) => {
    return !line.startsWith('#') && (hasInitramfs || !line.startsWith('initrd16'));
  });
  const content = Buffer.from(lines.join('\n').replace('@ARGUMENTS@', KERNEL_ARGUMENTS.join(' ')));
  return [
    { kind: 'file', path: 'boot/vmlinuz', mode: 0o644, content: kernel },
    ...(hasInitramfs ? [{ kind: 'file', path: 'boot/initramfs', mode: 0o644, content: initramfs } as const] : []),
    { kind: 'file', path: 'boot/grub/grub.cfg', mode: 0o644, content },
  ];
}

/** A whole LUN: the partition's bytes behind an MBR and a boot loader, if any. */
export function lunOf(partition: Uint8Array, bootLoader: BootLoader | null): Uint8Array {
  return diskImage({ bytes: partition }, bootLoader);
}

export interface PackRequest {
  readonly unpacked: Unpacked;
  readonly partition: string;
  /** To be written. */
  readonly stream: string;
  readonly scratch: string;
}

/**
 * What partclone makes of the partition, without checksums of its own (`-a 0`). It runs on the C library of its own
 * packages: the host need not have it, nor its libraries.
 *
 * @throws FaultError PAY-006
 */
export async function packPartition(request: PackRequest, signal: AbortSignal): Promise<void> {
  const { unpacked, partition, stream, scratch } = request;
  const directories = new Set<string>();
  for (const [name, files] of Object.entries(RAMDISK_FILES)) {
    for (const file of files) if (file.includes('.so.')) directories.add(dirname(await unpacked.path(name, file)));
  }
  const loader = await unpacked.path('libc6', 'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2');
  const program = await unpacked.path('partclone', 'usr/sbin/partclone.extfs');
  const options = ['-c', '-a', '0', '-f', '0', '-L', join(scratch, 'partclone.log'), '-s', partition, '-o', stream];
  await runTool({ argv: [loader, '--library-path', [...directories].join(':'), program, ...options] }, signal);
}
