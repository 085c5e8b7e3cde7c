import type { Fault } from '../faults/fault.js';
import { isScripted, type ConsoleMemory } from './console-memory.js';
import { gaveUpIn, type ConsoleRow } from './console-row.js';
import { GRUB_ROWS } from './grub-rows.js';
import { httpFault, sanFault, tftpFault, unansweredFault } from './ipxe-errors.js';

/**
 * What firmware, boot loader and guest print, in the order of a boot. Patterns are not anchored: lines come glued.
 * The texts of SeaBIOS 1.16.2 and Debian's iPXE 1.0.0+git-20190125 were each provoked on QEMU; GRUB is 2.06, Linux 6.1.
 */
export const CONSOLE_ROWS: readonly ConsoleRow[] = [
  {
    pattern: /SeaBIOS \(version /,
    why: 'The first thing that the BIOS prints; once more after every reset.',
    read: () => ({ reached: 'firmware' }),
  },
  {
    pattern: /Configuring \(net\d+ /,
    why: 'iPXE starts to look for an address; one from an earlier try counts no more.',
    read: () => ({ remember: { hasAddress: false } }),
  },
  {
    pattern: /net\d+: \d+\.\d+\.\d+\.\d+\//,
    why: 'DHCP has answered. An IPv6 address alone comes from a router and says nothing about DHCP.',
    read: () => ({ remember: { hasAddress: true } }),
  },
  {
    pattern: /Filename: (\S+)/,
    why: 'What DHCP told it to load.',
    read: ([, bootFile = '']) => ({ remember: { bootFile } }),
  },
  {
    pattern: /Root path: \S*?((?:iqn|eui|naa)\.\S+)/,
    why: 'The LUN that DHCP told it to boot from; the target name is the last part of the URL (RFC 4173, section 5).',
    read: ([, target = '']) => ({ remember: { target } }),
  },
  {
    pattern: /\(http:\/\/ipxe\.org\/040ee1/,
    why: '"No configuration methods succeeded": neither DHCP nor a router answered.',
    read: (_, memory) => ({ trouble: unansweredFault(memory) }),
  },
  {
    pattern: /Nothing to boot: .*\(http:\/\/ipxe\.org\/2d03e1/,
    why: 'With a router on the network IPv6 configures, so a missing DHCP answer only shows here.',
    read: (_, memory) => ({ trouble: memory.hasAddress ? gaveUp(memory, 'nothing to boot') : unansweredFault(memory) }),
  },
  {
    pattern: /tftp:\/\/[^/\s]+\/(\S+?)\.{3,} .*\(http:\/\/ipxe\.org\/([0-9a-f]{8})\)/,
    why: 'The download failed, and the code says how.',
    read: ([, file = '', code = '']) => ({ trouble: tftpFault(file, code) }),
  },
  {
    pattern: /\[PXE-NBP\]/,
    why: 'A loaded iPXE takes over. When it was itself the loaded one, it goes round in circles on its first lease.',
    read: (_, memory) => ({
      ...(memory.ipxe === 'loaded' && { trouble: unansweredFault(memory) }),
      remember: { ipxe: 'loaded' },
    }),
  },
  {
    pattern: /Installation failed - cannot continue/,
    why: 'The loaded program does not unpack: it was changed on its way. It hangs for ever after this.',
    isSeenEarly: true,
    read: () => ({ ended: gaveUpIn('pxe.tftp', 'the loaded boot file is damaged') }),
  },
  {
    pattern: /http:\/\/[^/\s]+\/\S+\.ipxe\.{3,}/,
    why: 'It loads the script that DHCP named instead of a root path.',
    isSeenEarly: true,
    read: () => ({ reached: 'ipxe.script' }),
  },
  {
    pattern: /http:\/\/[^/\s]+(\/\S+?)\.{3,} .*\(http:\/\/ipxe\.org\/([0-9a-f]{8})\)/,
    why: 'The script, or what it loads, did not arrive, and the code says why.',
    read: ([, file = '', code = '']) => ({ trouble: httpFault(file, code) }),
  },
  {
    pattern: /Could not open SAN device: (.*) \(http:\/\/ipxe\.org\/([0-9a-f]{8})\)/,
    why: 'The LUN was not attached, and the code says why.',
    read: ([, text = '', code = ''], memory) => ({ trouble: sanFault(memory, text, code) }),
  },
  {
    pattern: /Registered SAN device|Booting from SAN device/,
    why: "The LUN is logged in to, and its first sector comes next; after a script it is the node's own disk.",
    read: (_, memory) => (isScripted(memory) ? null : { reached: 'iscsi.boot' }),
  },
  {
    pattern: /Boot from SAN device \S+ failed/,
    why: 'No 55 aa signature (1d852039), or the boot sector gave control back (0b8080a0).',
    read: (_, memory) => ({ trouble: noBootCode(memory) }),
  },
  {
    pattern: /No bootable device/,
    why: 'SeaBIOS has tried all of its boot order. iPXE\'s "No more network devices" is no end: disks may follow.',
    isSeenEarly: true,
    read: () => ({ ended: null }),
  },
  ...GRUB_ROWS,
  {
    pattern: /METALRIG STAGE kernel|Linux version |\[ +\d+\.\d{6}\] /,
    why: "Our GRUB menu's last word, or the kernel's own lines.",
    read: () => ({ reached: 'kernel' }),
  },
  {
    pattern: /METALRIG STAGE ramdisk/,
    why: 'The deploy ramdisk has called back with its token.',
    read: () => ({ reached: 'ramdisk' }),
  },
  {
    pattern: /METALRIG STAGE userland/,
    why: 'The initramfs is logged in to the LUN from the iBFT, or has found its slot.',
    read: () => ({ reached: 'userland' }),
  },
  {
    pattern: /Kernel panic - not syncing: (.*)/,
    why: 'The kernel has stopped for good.',
    read: ([, text = '']) => ({ ended: { code: 'BOOT-006', kind: 'kernel.panic', text: text.trim() } }),
  },
  {
    pattern: /METALRIG READY node=\S+ image=\S+/,
    why: "The booted root's last word. The name is the last part of its initiator name, so another one is no fault.",
    read: () => ({ reached: 'up' }),
  },
];

function noBootCode(memory: ConsoleMemory): Fault {
  if (isScripted(memory)) return { code: 'BOOT-011', kind: 'disk.noBootCode', disk: 'its own disk' };
  return { code: 'BOOT-005', kind: 'lun.noBootLoader', target: memory.target };
}

function gaveUp(memory: ConsoleMemory, text: string): Fault {
  return gaveUpIn(memory.ipxe === 'rom' ? 'pxe.dhcp' : 'ipxe.dhcp', text);
}
