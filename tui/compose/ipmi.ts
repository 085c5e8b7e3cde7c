import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { IpmiAccess, IpmiPrivilege } from '../../core/site/hands.js';
import { ipmiBmc, type IpmiBmc } from '../../drivers/ipmi/bmc.js';
import type { IpmiConfig, Privilege } from '../../drivers/ipmi/config.js';
import type { ReadSecret } from '../../drivers/secrets/read-secret.js';

/** Where a BMC is: what the site says, or what an emulated rack has chosen. */
export interface BmcPlace {
  readonly address: string;
  readonly port: number;
}

export interface IpmiHandsParts {
  readonly clock: Clock;
  readonly readSecret: ReadSecret;
  readonly notice: (fault: Fault) => void;
}

const PRIVILEGES: Readonly<Record<IpmiPrivilege, Privilege>> = {
  user: 'USER',
  operator: 'OPERATOR',
  administrator: 'ADMINISTRATOR',
};

/** The driver of a node's BMC, as the site file says it is reached. */
export function ipmiOf(node: NodeId, access: IpmiAccess & BmcPlace, parts: IpmiHandsParts): IpmiBmc {
  const { address, port, user, cipherSuite, isUefi } = access;
  const { answer_s, tries, ...timing } = access.timing;
  const reach = { node, address, port, user, cipherSuite, privilege: PRIVILEGES[access.privilege] };
  const config: IpmiConfig = { ...reach, ...timing, timing: { answer_s, tries }, isUefi };
  const { clock, notice, readSecret } = parts;
  // A secret that a command prints has its own bound; the caller's signal ends the call that needs it.
  const password = (): Promise<string> => readSecret(access.password, new AbortController().signal);
  return ipmiBmc(config, { clock, notice, password });
}
