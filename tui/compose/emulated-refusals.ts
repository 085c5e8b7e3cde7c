import { FaultError } from '../../core/faults/fault.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
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
 * In a run nodes are switched directly so far; `metalrig rack up` has their BMCs and PDUs.
 *
 * @throws FaultError CFG-004 where a run's nodes are to be switched by anything else
 */
export function refuseHands({ site, nodes, scenario }: Plan): void {
  const switched = nodes.find(({ power }) => power !== 'direct');
  if (switched !== undefined) refuse(site.file, switched.id, `power: ${switched.power}`);
  const mishap = scenario.mishaps.find((one) => isBmcMishap(one.mishap));
  if (mishap !== undefined) refuse(scenario.file, mishap.node, mishap.mishap);
}

function refuse(file: string, node: string, key: string): never {
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', file, node, key, world: 'emulated' });
}
