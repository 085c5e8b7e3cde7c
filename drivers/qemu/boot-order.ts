import type { BootDevice } from '../../core/ports/boot-device.js';
import type { QemuNode } from './node.js';

/** Names of the devices of a node, as its monitor knows them. */
export const CD_DRIVE = 'cd0';
export const USB_STICK = 'stick0';
export const nicName = (index: number): string => `nic${index}`;
export const diskName = (index: number): string => `hd${index}`;

/** Everything that the node's firmware could start from. */
export function bootable({ nics, disks = [], hasDrives = false }: QemuNode, hasStick: boolean): readonly string[] {
  const drives = hasDrives ? [CD_DRIVE, ...(hasStick ? [USB_STICK] : [])] : [];
  return [...nics.map((_, index) => nicName(index)), ...disks.map((_, index) => diskName(index)), ...drives];
}

/** What the firmware tries, one after the other, and nothing else. Disks come after the NICs in a network boot. */
export function bootOrder({ nics, disks = [], hasDrives = false }: QemuNode, first: BootDevice): readonly string[] {
  const diskNames = disks.map((_, index) => diskName(index));
  const orders: Readonly<Record<BootDevice, readonly string[]>> = {
    network: [...nics.map((_, index) => nicName(index)), ...diskNames],
    disk: diskNames,
    cdrom: hasDrives ? [CD_DRIVE] : [],
    usb: hasDrives ? [USB_STICK] : [],
  };
  return orders[first];
}
