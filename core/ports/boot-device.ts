import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

export const BOOT_DEVICES = ['network', 'disk', 'cdrom', 'usb'] as const;
export type BootDevice = (typeof BOOT_DEVICES)[number];

/** `once`: for the next power-on alone, which uses it up; what was set for `always` holds again after it. */
export type BootLasts = 'once' | 'always';

export interface BootOrder {
  readonly device: BootDevice;
  readonly lasts: BootLasts;
}

/** What the firmware tries first at the next power-on. A level: asking twice is asking once. */
export interface BootDevicePort {
  ensure(node: NodeId, want: BootOrder, signal: AbortSignalLike): Promise<void>;
}
