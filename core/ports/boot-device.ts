import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

export type BootDevice = 'network' | 'disk';

/** What the firmware tries first at the next power-on. A level: asking twice is asking once. */
export interface BootDevicePort {
  ensure(node: NodeId, device: BootDevice, signal: AbortSignalLike): Promise<void>;
}
