import { nodeId } from '../../core/ids.js';
import type { SimNodeFacts } from '../../sim/node.js';

/** What a simulated world has to know of a node; `mesh1` and its like are mesh nodes. */
export function simFacts(name: string): SimNodeFacts {
  const isMesh = name.startsWith('mesh');
  return {
    id: nodeId(name),
    kind: isMesh ? 'mesh' : 'root',
    slot: isMesh ? 7 : null,
    bootFile: 'undionly.kpxe',
    target: `iqn.2026-11.example:${name}`,
    image: 'lucid',
  };
}
