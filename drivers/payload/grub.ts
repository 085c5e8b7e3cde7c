import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BootLoader } from './disk-image.js';
import { GRUB_MODULES, KERNEL_ARGUMENTS } from './recipe.js';
import { runTool } from './tool.js';
import type { Unpacked } from './unpacked.js';

export interface GrubSources {
  readonly unpacked: Unpacked;
  readonly guest: string;
  readonly scratch: string;
}

/** Where GRUB finds what it loads: block lists, or paths. */
export interface GrubFiles {
  readonly kernel: string;
  readonly initramfs: string | null;
}

/** GRUB with our configuration compiled in, ready to be put on a disk. */
export async function bootLoader(sources: GrubSources, files: GrubFiles, signal: AbortSignal): Promise<BootLoader> {
  const { unpacked, guest, scratch } = sources;
  const template = await readFile(join(guest, 'grub.cfg'), 'utf8');
  const configuration = join(scratch, 'grub.cfg');
  const core = join(scratch, 'core.img');
  await writeFile(configuration, grubConfiguration(template, files, KERNEL_ARGUMENTS));
  const program = await unpacked.path('grub-common', 'usr/bin/grub-mkimage');
  const modules = dirname(await unpacked.path('grub-pc-bin', 'usr/lib/grub/i386-pc/boot.img'));
  const libraries = dirname(await unpacked.path('libdevmapper1.02.1', 'lib/x86_64-linux-gnu/libdevmapper.so.1.02.1'));
  const options = ['-O', 'i386-pc', '-d', modules, '-c', configuration, '-p', '/', '-o', core];
  await runTool({ argv: [program, ...options, ...GRUB_MODULES], libraries }, signal);
  return { bootSector: await readFile(join(modules, 'boot.img')), core: await readFile(core) };
}

/** Fills the template in. GRUB's rescue parser knows no comments, so they stay here. */
export function grubConfiguration(template: string, files: GrubFiles, kernelArguments: readonly string[]): string {
  const lines = template.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const kept = lines.filter((line) => files.initramfs !== null || !line.includes('@INITRAMFS@'));
  const text = kept.map((line) => `${line}\n`).join('');
  return text
    .replace('@KERNEL@', files.kernel)
    .replace('@INITRAMFS@', files.initramfs ?? '')
    .replace('@ARGUMENTS@', kernelArguments.join(' '));
}
