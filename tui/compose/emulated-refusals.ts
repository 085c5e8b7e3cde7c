import { FaultError } from '../../core/faults/fault.js';
import type { Plan } from '../../core/scenario/plan.js';

/**
 * CHAP: iPXE would take the secret by DHCP, where the capture in the bundle would keep it, and the guest's own
 * initiator does not do CHAP yet: better refused than half done.
 *
 * @throws FaultError CFG-004 for what the emulated rack can't do
 */
export function refuseUnoffered({ site, nodes }: Pick<Plan, 'site' | 'nodes'>): void {
  const chap = nodes.find((node) => node.chap !== null);
  if (chap !== undefined) refuse(site.file, chap.id, 'chap');
}

/**
 * The disks of mesh nodes are written by runs.
 * @throws FaultError CFG-004 for a mesh node in a rack that is only kept up
 */
export function refuseMesh({ site, nodes }: Pick<Plan, 'site' | 'nodes'>): void {
  const mesh = nodes.find(({ kind }) => kind === 'mesh');
  if (mesh !== undefined) refuse(site.file, mesh.id, 'kind: mesh');
}

function refuse(file: string, node: string, key: string): never {
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', file, node, key, world: 'emulated' });
}
