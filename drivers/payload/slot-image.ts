import { createHash } from 'node:crypto';
import { diskImage, type BootLoader } from './disk-image.js';
import { EXT2_BLOCK_BYTES } from './ext2-format.js';
import { ext2Image, type Ext2Image } from './ext2.js';
import { labelBytes } from './label.js';
import { FREE_BYTES, KERNEL_ARGUMENTS } from './recipe.js';
import type { TreeEntry } from './tree.js';

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
const NAME = 'slot';
const MIB = 1024 * 1024;

/** A root filesystem that starts from a LUN's only partition and from any slot alike, by its own grub.cfg. */
export function slotFilesystem({ kernel, initramfs, busybox, rootInit, configuration }: SlotSources): Ext2Image {
  const entries: readonly TreeEntry[] = [
    { kind: 'file', path: 'boot/vmlinuz', mode: 0o644, content: kernel },
    { kind: 'file', path: 'boot/initramfs', mode: 0o644, content: initramfs },
    { kind: 'file', path: 'boot/grub/grub.cfg', mode: 0o644, content: configurationBytes(configuration) },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'file', path: 'sbin/init', mode: 0o755, content: rootInit },
    { kind: 'file', path: SLOT_LABEL_FILE, mode: 0o644, content: labelBytes(NAME) },
    { kind: 'file', path: NODE_FILE, mode: 0o644, content: Buffer.from('unnamed\n') },
    ...['dev', 'proc', 'sys', 'tmp', 'root'].map((path) => ({ kind: 'directory', path, mode: 0o755 }) as const),
  ];
  const content_bytes = kernel.length + initramfs.length + busybox.length;
  const size_blocks = Math.ceil((content_bytes + FREE_BYTES) / MIB) * (MIB / EXT2_BLOCK_BYTES);
  return ext2Image(entries, size_blocks, createHash('sha256').update(NAME).digest());
}

function configurationBytes(template: string): Buffer {
  const lines = template.split('\n').filter((line) => !line.startsWith('#'));
  return Buffer.from(lines.join('\n').replace('@ARGUMENTS@', KERNEL_ARGUMENTS.join(' ')));
}

/** A whole LUN: the partition's bytes behind an MBR and a boot loader. */
export function lunOf(partition: Uint8Array, bootLoader: BootLoader): Uint8Array {
  return diskImage({ bytes: partition }, bootLoader);
}
