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
 * Nobody wakes emulated nodes over the network or switches them by hand, and only a BMC goes wrong as a BMC does.
 *
 * @throws FaultError CFG-004 for a way to switch that a run does not have, or a mishap without a BMC
 */
export function refuseHands({ site, nodes, scenario }: Plan): void {
  const unswitched = nodes.find(({ power }) => power === 'wake-on-lan' || power === 'manual');
  if (unswitched !== undefined) refuse(site.file, unswitched.id, `power: ${unswitched.power}`);
  const isByBmc = new Set(nodes.filter(({ power }) => power === 'ipmi' || power === 'redfish').map(({ id }) => id));
  const mishap = scenario.mishaps.find((one) => isBmcMishap(one.mishap) && !isByBmc.has(one.node));
  if (mishap !== undefined) refuse(scenario.file, mishap.node, mishap.mishap);
}

function refuse(file: string, node: string, key: string): never {
  throw new FaultError({ code: 'CFG-004', kind: 'key.unoffered', file, node, key, world: 'emulated' });
}
