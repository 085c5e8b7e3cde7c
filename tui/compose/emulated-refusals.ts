import { FaultError } from '../../core/faults/fault.js';
import { isBmcMishap } from '../../core/scenario/bmc-mishaps.js';
import type { Plan } from '../../core/scenario/plan.js';

/**
 * CHAP: iPXE would take the secret by DHCP, where the capture in the bundle would keep it, and the guest's own
 * initiator does not do CHAP yet: better refused than half done. Nobody wakes or switches emulated nodes by hand.
 *
 * @throws FaultError CFG-004 for what the emulated rack can't do
 */
export function refuseUnoffered({ site, nodes, scenario }: Plan): void {
  const chap = nodes.find((node) => node.chap !== null);
  if (chap !== undefined) refuse(site.file, chap.id, 'chap');
  const unswitched = nodes.find(({ power }) => power === 'wake-on-lan' || power === 'manual');
  if (unswitched !== undefined) refuse(site.file, unswitched.id, `power: ${unswitched.power}`);
  const isByBmc = new Set(nodes.filter(({ power }) => power === 'ipmi' || power === 'redfish').map(({ id }) => id));
  const mishap = scenario.mishaps.find((one) => isBmcMishap(one.mishap) && !isByBmc.has(one.node));
  if (mishap !== undefined) refuse(scenario.file, mishap.node, mishap.mishap);
}

function refuse(file: string, node: string, key: string): never {
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', file, node, key, world: 'emulated' });
}
