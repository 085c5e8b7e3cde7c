import type { BootDevice } from '../../core/ports/boot-device.js';
import type { BootOverride } from '../../core/ports/machine-room.js';

/** Boot Flags, boot option parameter 5: five bytes. @see IPMI 2.0 rev 1.1, table 28-14 */
const VALID = 0x80;
const PERSISTENT = 0x40;
const UEFI = 0x20;
/** Bits 5:2 of the second byte. Of the removable media it is the last that stands for a stick at the machine itself. */
const SELECTORS: Readonly<Record<BootDevice, number>> = { network: 1, disk: 2, cdrom: 5, usb: 15 };
const NO_SELECTOR = 0;

export const BOOT_FLAGS_PARAMETER = 5;

export function flagsOfOverride({ device, lasts, mode }: BootOverride): readonly number[] {
  if (device === null) return [0, 0, 0, 0, 0];
  const first = VALID | (lasts === 'always' ? PERSISTENT : 0) | (mode === 'uefi' ? UEFI : 0);
  return [first, SELECTORS[device] << 2, 0, 0, 0];
}

/** @returns null where there is no such device here (safe mode, diagnosis, firmware set-up, remote media) */
export function overrideOfFlags([first = 0, second = 0]: readonly number[]): BootOverride | null {
  const lasts = (first & PERSISTENT) === 0 ? 'once' : 'always';
  const mode = (first & UEFI) === 0 ? 'legacy' : 'uefi';
  const selector = (first & VALID) === 0 ? NO_SELECTOR : (second >> 2) & 15;
  if (selector === NO_SELECTOR) return { device: null, lasts, mode };
  for (const device of ['network', 'disk', 'cdrom', 'usb'] as const) {
    if (SELECTORS[device] === selector) return { device, lasts, mode };
  }
  return null;
}
