import { scriptPath } from '../../core/boot-script.js';
import type { Observation, Stage } from '../../core/evidence.js';
import type { SimNodeFacts } from '../node.js';

/** What a serial console says on the way to each stage: lines of the emulated rack's, SeaBIOS 1.16.2 and iPXE. */
const LINES: Readonly<Record<Stage, (node: SimNodeFacts) => readonly string[]>> = {
  off: () => [],
  firmware: () => ['SeaBIOS (version 1.16.2-debian-1.16.2-1)', 'Booting from ROM...'],
  'pxe.dhcp': () => ['iPXE initialising devices...ok', 'Configuring (net0)...'],
  'pxe.tftp': ({ bootFile }) => [`Filename: ${bootFile}`],
  'ipxe.dhcp': ({ bootFile }) => [`${bootFile} [PXE-NBP]`, 'iPXE initialising devices...ok', 'Configuring (net0)...'],
  'ipxe.script': ({ id }) => [`Filename: ${scriptPath(id)}`],
  'iscsi.login': ({ target }) => [`Root path: iscsi:${target}`],
  'iscsi.boot': () => ['Registered SAN device 0x80', 'Booting from SAN device 0x80'],
  bootloader: () => ['GRUB loading.', 'Welcome to GRUB!'],
  'bootloader.mbr': () => ['GRUB loading.', 'METALRIG STAGE bootloader.mbr'],
  'bootloader.slot': () => ['METALRIG STAGE bootloader.slot'],
  kernel: () => ['METALRIG STAGE kernel'],
  ramdisk: () => ['METALRIG STAGE ramdisk'],
  userland: () => ['METALRIG STAGE userland'],
  up: ({ id, image }) => [`METALRIG READY node=${id} image=${image}`],
};

/** What is said to be seen there of other troubles is seen on the wire. */
const TROUBLES: readonly string[] = ['slot.noBootLoader'];

/** What a node's console says when this is seen of it; empty where it says nothing. */
export function consoleTextOf(seen: Observation, node: SimNodeFacts): string {
  return linesOf(seen, node)
    .map((line) => `${line}\r\n`)
    .join('');
}

function linesOf(seen: Observation, node: SimNodeFacts): readonly string[] {
  if (seen.kind === 'reached') return LINES[seen.stage](node);
  if (seen.kind === 'ended') return [seen.what];
  return TROUBLES.includes(seen.fault.kind) ? [seen.what] : [];
}
