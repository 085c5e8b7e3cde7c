import type { Stage } from '../../core/evidence.js';
import type { SimNodeFacts } from '../world.js';

/** What an observer would see of each stage; in the words of the emulated rack's observers. */
export const SIGHTS: Readonly<Record<Stage, (node: SimNodeFacts) => string>> = {
  off: () => 'power is off',
  firmware: () => 'power is on',
  'pxe.dhcp': () => 'DHCP discover of PXEClient:Arch:00000:UNDI:002001',
  'pxe.tftp': ({ bootFile }) => `TFTP read of ${bootFile}`,
  'ipxe.dhcp': () => 'DHCP discover of PXEClient:Arch:00000:UNDI:002001 (iPXE)',
  'iscsi.login': ({ target }) => `iSCSI login to ${target}`,
  'iscsi.boot': ({ target }) => `first read of ${target}`,
  bootloader: () => 'GRUB loading',
  kernel: () => 'METALRIG STAGE kernel',
  userland: () => 'METALRIG STAGE userland',
  up: ({ id, image }) => `METALRIG READY node=${id} image=${image}`,
};
