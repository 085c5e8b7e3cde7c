import type { Stage } from '../../core/evidence.js';
import type { SimNodeFacts } from '../world.js';

/** What an observer would see of each stage; in the words of the emulated rack's observers. */
export const SIGHTS: Readonly<Record<Stage, (node: SimNodeFacts) => string>> = {
  off: () => 'power is off',
  firmware: () => 'power is on',
  'pxe.dhcp': () => 'DHCP DISCOVER from PXEClient',
  'pxe.tftp': ({ bootFile }) => `TFTP RRQ ${bootFile}`,
  'ipxe.dhcp': () => 'DHCP DISCOVER from iPXE',
  'iscsi.login': ({ target }) => `iSCSI login to ${target}`,
  'iscsi.boot': () => 'Booting from SAN device 0x80',
  bootloader: () => 'METALRIG STAGE bootloader',
  kernel: () => 'METALRIG STAGE kernel',
  userland: () => 'METALRIG STAGE userland',
  up: ({ id, image }) => `METALRIG READY node=${id} image=${image}`,
};
