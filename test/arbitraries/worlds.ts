import { nodeId } from '../../core/ids.js';
import type { SimNodeFacts } from '../../sim/world.js';

/** What a simulated world has to know of a node. */
export function simFacts(name: string): SimNodeFacts {
  return { id: nodeId(name), bootFile: 'undionly.kpxe', target: `iqn.2026-11.example:${name}`, image: 'lucid' };
}
