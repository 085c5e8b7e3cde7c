import { FaultError } from '../../core/faults/fault.js';
import type { Plan } from '../../core/scenario/plan.js';

/**
 * CHAP: iPXE would take the secret by DHCP, where the capture in the bundle would keep it, and the guest's own
 * initiator does not do CHAP yet: better refused than half done.
 *
 * @throws FaultError CFG-004 for what the emulated rack can't do
 */
export function refuseUnoffered({ site, nodes }: Plan): void {
  const node = nodes.find(({ chap }) => chap !== null);
  if (node === undefined) return;
  const facts = { file: site.file, node: node.id, key: 'chap', world: 'emulated' };
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', ...facts });
}
