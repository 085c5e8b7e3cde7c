import type { NodeId } from '../../core/ids.js';
import type { SiteNode } from '../../core/site/site.js';
import { freeTcpPort } from '../../drivers/emulated-bmc/free-port.js';

/** Where the BMCs of those nodes that have one by IPMI wait for their guests: known before either is there. */
export async function kcsPortsOf(nodes: readonly SiteNode[]): Promise<ReadonlyMap<NodeId, number>> {
  const ports = new Map<NodeId, number>();
  for (const { id, bmc } of nodes) if (bmc?.protocol === 'ipmi') ports.set(id, await freeTcpPort());
  return ports;
}
