import type { Stage } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { AbortSignalLike } from './power.js';

/** What an image is booted from: a LUN by root nodes, a slot of the local disk by mesh nodes. */
export type Medium = 'lun' | 'slot';

/** Where the boot of an image ended before it was up. */
export interface BootStop {
  readonly stage: Stage;
  readonly cause: Fault;
}

/** What becomes of an image before it is on any node. `image` is its name in the run. */
export interface ImagePort {
  /** Boots the image once where it can do no harm. @returns null when it came up */
  validate(image: string, from: Medium, signal: AbortSignalLike): Promise<BootStop | null>;
  /** The image lies in the dark store, whole. Asked again, it is left as it is. */
  store(image: string, signal: AbortSignalLike): Promise<void>;
}
