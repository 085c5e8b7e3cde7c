import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../../../core/clock.js';
import { FaultError, faultOf, type Fault } from '../../../core/faults/fault.js';
import type { BootOrder } from '../../../core/ports/boot-device.js';
import type { Identity } from '../../../core/ports/identity.js';
import type { AbortSignalLike, PowerState } from '../../../core/ports/power.js';
import type { SensorReading } from '../../../core/ports/sensors.js';
import type { IpmiAccess, RedfishAccess, TlsTrust } from '../../../core/site/hands.js';
import type { RackState } from '../../../core/site/rack-state.js';
import type { SiteNode } from '../../../core/site/site.js';
import { ipmiBmc } from '../../../drivers/ipmi/bmc.js';
import { IPMI_DEFAULTS } from '../../../drivers/ipmi/config.js';
import { redfishBmc } from '../../../drivers/redfish/bmc.js';

/** One node's BMC, whichever protocol it speaks. */
export interface MachineBmc extends AsyncDisposable {
  readonly power: {
    read(signal: AbortSignalLike): Promise<PowerState>;
    ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
    /** Off, a pause, and on. */
    cycle(signal: AbortSignalLike): Promise<void>;
  };
  setBootDevice(want: BootOrder, signal: AbortSignalLike): Promise<void>;
  sensors(signal: AbortSignalLike): Promise<readonly SensorReading[]>;
  identity(signal: AbortSignalLike): Promise<Identity>;
  /** What anybody could come in by. */
  audit(signal: AbortSignalLike): Promise<readonly Fault[]>;
}

export interface BmcParts {
  readonly clock: Clock;
  readonly password: () => Promise<string>;
  readonly notice: (fault: Fault) => void;
  /** Where relative paths of the site file start. */
  readonly folder: string;
  /** Where the BMCs of an emulated rack are; null: no rack of this site is up. */
  readonly places: Pick<RackState, 'ipmi' | 'redfish'> | null;
}

/** @throws FaultError BMC-009 where its emulated rack is not up, CFG-003 for a CA that cannot be read */
export function machineBmc(node: SiteNode, access: IpmiAccess | RedfishAccess, parts: BmcParts): MachineBmc {
  return access.protocol === 'ipmi' ? overIpmi(node, access, parts) : overRedfish(node, access, parts);
}

function overIpmi({ id }: SiteNode, access: IpmiAccess, parts: BmcParts): MachineBmc {
  const { address, port } = parts.places?.ipmi[id] ?? access;
  if (address === null) throw notUp(id);
  const { user, cipherSuite, privilege } = access;
  const config = {
    ...IPMI_DEFAULTS,
    node: id,
    address,
    port,
    user,
    cipherSuite,
    privilege: PRIVILEGES[privilege],
  };
  const bmc = ipmiBmc(config, parts);
  return {
    power: bmc.power,
    setBootDevice: (want, signal) => bmc.bootDevice.ensure(want, signal),
    sensors: (signal) => bmc.sensors(signal),
    identity: (signal) => bmc.identity(signal),
    audit: (signal) => bmc.audit(signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const PRIVILEGES = { user: 'USER', operator: 'OPERATOR', administrator: 'ADMINISTRATOR' } as const;

function overRedfish({ id }: SiteNode, access: RedfishAccess, parts: BmcParts): MachineBmc {
  const place = parts.places?.redfish[id];
  const url = place?.url ?? access.url;
  if (url === null) throw notUp(id);
  const own = place === undefined ? access.tls : { kind: 'ca' as const, file: place.certificate };
  const tls = trusted(own, parts.folder);
  const { user, system } = access;
  const bmc = redfishBmc({ url, system, user, password: parts.password, tls }, parts);
  return {
    power: bmc.power,
    setBootDevice: (want, signal) => bmc.bootDevice.ensure(want, signal),
    sensors: (signal) => bmc.sensors.read(signal),
    identity: (signal) => bmc.identity.read(signal),
    audit: (signal) => auditRedfish(bmc.verify(signal)),
    [Symbol.asyncDispose]: () => bmc[Symbol.asyncDispose](),
  };
}

/** That it takes any password is told as a fault; here it is something to know about a BMC that works. */
async function auditRedfish(verified: Promise<void>): Promise<readonly Fault[]> {
  try {
    await verified;
    return [];
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault?.code !== 'RDF-018') throw thrown;
    return [fault];
  }
}

function trusted(tls: TlsTrust, folder: string): 'verify' | 'insecure' | { readonly ca: string } {
  if (tls.kind !== 'ca') return tls.kind;
  const file = resolve(folder, tls.file);
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}

function notUp(node: string): FaultError {
  return new FaultError({ code: 'BMC-009', kind: 'rack.notUp', node });
}
