import type { NodeId } from '../ids.js';
import type { AbortSignalLike } from './power.js';

/** Into the deploy ramdisk, or on to the local disk. */
export type BootScript = 'deploy' | 'local';

/** What a mesh node's iPXE is told to do. A level: asking twice is asking once; it holds from the next boot on. */
export interface BootScriptPort {
  ensure(node: NodeId, script: BootScript, signal: AbortSignalLike): Promise<void>;
}
