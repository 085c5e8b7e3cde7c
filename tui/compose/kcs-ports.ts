import { readFileSync, writeFileSync } from 'node:fs';
import { object, whole } from '../../core/image/json-shape.js';
import type { NodeId } from '../../core/ids.js';
import type { SiteNode } from '../../core/site/site.js';
import { freeTcpPort } from '../../drivers/emulated-bmc/free-port.js';

/**
 * Where the BMCs of those nodes that have one by IPMI wait for their guests: known before either is there.
 * @param file remembers them, so that guests that have outlived us find their BMCs again
 */
export async function kcsPortsOf(nodes: readonly SiteNode[], file?: string): Promise<ReadonlyMap<NodeId, number>> {
  const before = file === undefined ? new Map<string, number>() : remembered(file);
  const ports = new Map<NodeId, number>();
  for (const { id, bmc } of nodes) {
    if (bmc?.protocol === 'ipmi') ports.set(id, before.get(id) ?? (await freeTcpPort()));
  }
  if (file !== undefined) writeFileSync(file, JSON.stringify(Object.fromEntries(ports)), { mode: 0o600 });
  return ports;
}

/** Where it is not whole, no node has outlived anything: it is written before any is switched on. */
function remembered(file: string): ReadonlyMap<string, number> {
  try {
    const all = object(JSON.parse(readFileSync(file, 'utf8')), 'the file');
    return new Map(Object.entries(all).map(([node, port]) => [node, whole(port)]));
  } catch {
    return new Map();
  }
}
