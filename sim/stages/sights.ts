import { scriptPath } from '../../core/boot-script.js';
import type { Stage } from '../../core/evidence.js';
import type { SimNodeFacts } from '../node.js';

/** What an observer would see of each stage; in the words of the emulated rack's observers. */
export const SIGHTS: Readonly<Record<Stage, (node: SimNodeFacts) => string>> = {
  off: () => 'power is off',
  firmware: () => 'power is on',
  'pxe.dhcp': () => 'DHCP discover of PXEClient:Arch:00000:UNDI:002001',
  'pxe.tftp': ({ bootFile }) => `TFTP read of ${bootFile}`,
  'ipxe.dhcp': () => 'DHCP discover of PXEClient:Arch:00000:UNDI:002001 (iPXE)',
  'ipxe.script': ({ id }) => `HTTP GET ${scriptPath(id)}`,
  'iscsi.login': ({ target }) => `iSCSI login to ${target}`,
  'iscsi.boot': ({ target }) => `first read of ${target}`,
  bootloader: () => 'GRUB loading',
  'bootloader.mbr': () => 'METALRIG STAGE bootloader.mbr',
  'bootloader.slot': () => 'METALRIG STAGE bootloader.slot',
  kernel: () => 'METALRIG STAGE kernel',
  ramdisk: () => 'METALRIG STAGE ramdisk',
  userland: () => 'METALRIG STAGE userland',
  up: ({ id, image }) => `METALRIG READY node=${id} image=${image}`,
};
