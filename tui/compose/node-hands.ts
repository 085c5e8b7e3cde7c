import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { BootOrder } from '../../core/ports/boot-device.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { IpmiAccess, RedfishAccess, SecretReference } from '../../core/site/hands.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import { ipmiBmc } from '../../drivers/ipmi/bmc.js';
import { IPMI_DEFAULTS, type Privilege } from '../../drivers/ipmi/config.js';
import { snmpPdu } from '../../drivers/pdu/driver.js';
import { accessOf, modelOf } from '../../drivers/pdu/of-site.js';
import { outletPower } from '../../drivers/pdu/outlet-power.js';
import { redfishBmc } from '../../drivers/redfish/bmc.js';

/** What metalrig has in its hands of one node of an emulated rack: the drivers of real ones, with other addresses. */
export interface NodeHands extends AsyncDisposable {
  readonly power: MachinePower;
  /** null: nobody but the emulator itself can set it. */
  readonly bootDevice: { ensure(want: BootOrder, signal: AbortSignalLike): Promise<void> } | null;
  /** That its BMC is there and lets us in. @returns what is wrong with it all the same */
  verify(signal: AbortSignalLike): Promise<readonly Fault[]>;
}

export interface NodeHandsParts {
  readonly site: Site;
  readonly places: Pick<RackState, 'ipmi' | 'redfish' | 'pdus'>;
  readonly clock: Clock;
  readonly readSecret: (reference: SecretReference, signal: AbortSignal) => Promise<string>;
  readonly signal: AbortSignal;
  /** What was noticed about a BMC, though it was worked around. */
  readonly noticed: (fault: Fault) => void;
}

/** Emulated machines do what they are told at once, and emulated BMCs are up again within a second. */
const IPMI_HASTE = { settle_ms: 15_000, offFor_ms: 500, restart_ms: 20_000 };
const REDFISH_HASTE = { settle_ms: 15_000, dwell_ms: 500 };
const PRIVILEGES: Readonly<Record<IpmiAccess['privilege'], Privilege>> = {
  user: 'USER',
  operator: 'OPERATOR',
  administrator: 'ADMINISTRATOR',
};

/** @returns null for a node that is switched by the emulator itself */
export async function nodeHands(node: SiteNode, parts: NodeHandsParts): Promise<NodeHands | null> {
  const { power, bmc } = node;
  if (power === 'ipmi' && bmc?.protocol === 'ipmi') return byIpmi(node.id, bmc, parts);
  if (power === 'redfish' && bmc?.protocol === 'redfish') return byRedfish(node.id, bmc, parts);
  return power === 'pdu' ? byPdu(node, parts) : null;
}

function byIpmi(node: NodeId, access: IpmiAccess, parts: NodeHandsParts): NodeHands {
  const { places, clock, readSecret, signal, noticed } = parts;
  const place = places.ipmi[node];
  assert(place !== undefined, 'the rack has the BMC');
  const { user, cipherSuite, privilege } = access;
  const bmc = ipmiBmc(
    { ...IPMI_DEFAULTS, ...IPMI_HASTE, ...place, node, user, cipherSuite, privilege: PRIVILEGES[privilege] },
    { clock, password: () => readSecret(access.password, signal), notice: noticed },
  );
  return {
    power: bmc.power,
    bootDevice: bmc.bootDevice,
    async verify(asked) {
      await bmc.power.read(asked);
      await bmc.bootDevice.read(asked);
      return bmc.audit(asked);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function byRedfish(node: NodeId, access: RedfishAccess, parts: NodeHandsParts): Promise<NodeHands> {
  const { places, clock, readSecret, signal } = parts;
  const place = places.redfish[node];
  assert(place !== undefined, 'the rack has the BMC');
  const { user, system, password } = access;
  const tls = { ca: await readFile(place.certificate, 'utf8') };
  const config = { url: place.url, system, user, password: () => readSecret(password, signal), tls };
  const bmc = redfishBmc({ ...config, timing: REDFISH_HASTE }, { clock });
  return {
    power: bmc.power,
    bootDevice: bmc.bootDevice,
    async verify(asked) {
      try {
        await bmc.verify(asked);
        return [];
      } catch (thrown) {
        const fault = faultOf(thrown);
        // It lets everybody in: it can be worked with all the same.
        if (fault?.code !== 'RDF-018') throw thrown;
        return [fault];
      }
    },
    [Symbol.asyncDispose]: () => bmc[Symbol.asyncDispose](),
  };
}

function byPdu({ outlets }: SiteNode, { site, places, clock, readSecret, signal }: NodeHandsParts): NodeHands {
  const feeds = outlets.map(({ pdu: name, outlet }) => {
    const pdu = site.pdus.find((one) => one.name === name);
    const place = places.pdus[name];
    assert(pdu !== undefined && place !== undefined, 'the rack has the PDU');
    const secret = (reference: SecretReference) => () => readSecret(reference, signal);
    const config = { name, model: modelOf(pdu), access: accessOf(pdu.login, secret), ...place };
    return { pdu: snmpPdu(config, { clock }), outlet };
  });
  return {
    power: outletPower(feeds, { clock }),
    bootDevice: null,
    verify: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
