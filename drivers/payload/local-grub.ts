import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GRUB_DIRECTORY, LOCAL_GRUB_MODULES } from './mesh-recipe.js';
import { runTool } from './tool.js';
import type { Unpacked } from './unpacked.js';

/** GRUB's cores for local disks: every module inside, the configuration beside them in /boot/grub/grub.cfg. */
export interface LocalCores {
  /** For an MBR: reads its configuration in the disk's first partition. */
  readonly first: Uint8Array;
  /**
   * For a slot's own first sector: reads its configuration in the partition whose number, less one, is written into the
   * byte at 512 + 0x1a. So one core serves all slots; grub-install packs one for each, which is 5 s of TCG every time.
   * @see GRUB_DECOMPRESSOR_I386_PC_BOOT_DEVICE in include/grub/offsets.h of GRUB 2.06
   */
  readonly slot: Uint8Array;
}

/** @throws FaultError PAY-006 */
export async function localCores(unpacked: Unpacked, scratch: string, signal: AbortSignal): Promise<LocalCores> {
  const early = join(scratch, 'early.cfg');
  // Before it reads its configuration GRUB would print on the screen that nobody sees.
  await writeFile(early, 'serial --unit=0 --speed=115200\nterminal_input serial\nterminal_output serial\n');
  const program = await unpacked.path('grub-common', 'usr/bin/grub-mkimage');
  const modules = dirname(await unpacked.path('grub-pc-bin', `${GRUB_DIRECTORY}/boot.img`));
  const libraries = dirname(await unpacked.path('libdevmapper1.02.1', 'lib/x86_64-linux-gnu/libdevmapper.so.1.02.1'));
  const core = async (name: string, prefix: string): Promise<Uint8Array> => {
    const file = join(scratch, `${name}.img`);
    const options = ['-O', 'i386-pc', '-d', modules, '-c', early, '-p', prefix, '-o', file];
    await runTool({ argv: [program, ...options, ...LOCAL_GRUB_MODULES], libraries }, signal);
    return readFile(file);
  };
  return { first: await core('first', '(hd0,msdos1)/boot/grub'), slot: await core('slot', '/boot/grub') };
}
