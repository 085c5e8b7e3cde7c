import { dirname } from 'node:path';
import type { Clock } from '../../../core/clock.js';
import { FaultError, type Fault } from '../../../core/faults/fault.js';
import type { NodeId } from '../../../core/ids.js';
import type { MachinePower } from '../../../core/ports/machine-power.js';
import type { OperatorPort } from '../../../core/ports/operator.js';
import type { AbortSignalLike } from '../../../core/ports/power.js';
import type { SecretReference } from '../../../core/site/hands.js';
import type { RackState } from '../../../core/site/rack-state.js';
import { addressNumber, addressText, spanOf } from '../../../core/site/network.js';
import type { Site, SiteNode } from '../../../core/site/site.js';
import { manualPower } from '../../../drivers/manual/driver.js';
import { snmpPdu, type Pdu } from '../../../drivers/pdu/driver.js';
import { configOf } from '../../../drivers/pdu/of-site.js';
import { outletPower } from '../../../drivers/pdu/outlet-power.js';
import type { ReadSecret } from '../../../drivers/secrets/read-secret.js';
import { wakeOnLanPower } from '../../../drivers/wake-on-lan/driver.js';
import { meaningOf, meant } from './bmc-faults.js';
import { machineBmc, type MachineBmc } from './machine-bmc.js';

export interface HandsParts {
  readonly site: Site;
  /** Where the BMCs and PDUs of an emulated rack are; null: none of this site is up. */
  readonly places: Pick<RackState, 'ipmi' | 'redfish' | 'pdus'> | null;
  readonly clock: Clock;
  readonly readSecret: ReadSecret;
  readonly operator: OperatorPort;
  /** What was noticed about a node's BMC, though it was worked around. */
  readonly notice: (node: NodeId, fault: Fault) => void;
  /** Ends the reading of secrets. */
  readonly signal: AbortSignal;
}

/** What a site has in its hands of its nodes; each driver is opened when it is first needed. */
export class Hands implements AsyncDisposable {
  readonly #parts: HandsParts;
  readonly #bmcs = new Map<NodeId, MachineBmc>();
  readonly #powers = new Map<NodeId, MachinePower>();
  readonly #pdus = new Map<string, Pdu>();
  /** What was noticed while a BMC is being verified. */
  readonly #noted = new Map<NodeId, Fault[]>();

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** @throws FaultError BMC-008 where it has none, BMC-009 where its rack is not up, CFG-003 */
  bmc(node: SiteNode): MachineBmc {
    const known = this.#bmcs.get(node.id);
    if (known !== undefined) return known;
    if (node.bmc === null) throw new FaultError({ code: 'BMC-008', kind: 'bmc.none', node: node.id });
    const { site, clock, places } = this.#parts;
    const bmc = machineBmc(node, node.bmc, {
      clock,
      places,
      folder: dirname(site.file),
      password: this.#secret(node.bmc.password),
      notice: (fault) => this.#notice(node.id, fault),
    });
    this.#bmcs.set(node.id, bmc);
    return bmc;
  }

  /** By the way that the site says. @throws FaultError BMC-008 to 010, PDU-015 */
  power(node: SiteNode): MachinePower {
    const power = this.#powers.get(node.id) ?? this.#openPower(node);
    this.#powers.set(node.id, power);
    return power;
  }

  /** A cycle as its way has it: a BMC's driver leaves it off for a while, an outlet's budget decides by itself. */
  async cycle(node: SiteNode, signal: AbortSignalLike): Promise<void> {
    if (node.power === 'ipmi' || node.power === 'redfish') return this.bmc(node).power.cycle(signal);
    const power = this.power(node);
    await power.ensure('off', signal);
    await power.ensure('on', signal);
  }

  /**
   * The BMC answers, lets us in, and takes a boot device.
   * @returns what is wrong with it all the same
   */
  verify(node: SiteNode, signal: AbortSignalLike): Promise<readonly Fault[]> {
    if (node.bmc === null) return Promise.resolve([]);
    return meant(node.id, this.#verify(node, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#bmcs.values()].map((bmc) => bmc[Symbol.asyncDispose]()));
  }

  async #verify(node: SiteNode, signal: AbortSignalLike): Promise<readonly Fault[]> {
    const noted: Fault[] = [];
    this.#noted.set(node.id, noted);
    try {
      const bmc = this.bmc(node);
      await bmc.identity(signal);
      await bmc.power.read(signal);
      await bmc.setBootDevice({ device: 'network', lasts: 'once' }, signal);
      const all = [...noted, ...(await bmc.audit(signal))].flatMap((fault) => meaningOf(node.id, fault) ?? []);
      return all.filter(({ code }, index) => all.findIndex((other) => other.code === code) === index);
    } finally {
      this.#noted.delete(node.id);
    }
  }

  #openPower(node: SiteNode): MachinePower {
    const { clock, operator, site } = this.#parts;
    switch (node.power) {
      case 'ipmi':
      case 'redfish':
        return this.bmc(node).power;
      case 'pdu':
        return outletPower(
          node.outlets.map(({ pdu, outlet }) => ({ pdu: this.#pdu(pdu), outlet })),
          { clock },
        );
      case 'wake-on-lan': {
        const otherwise = node.bmc === null ? {} : { otherwise: this.bmc(node).power };
        const { subnet, prefix } = site.network;
        return wakeOnLanPower({ node: node.id, mac: node.mac, address: broadcastOf(subnet, prefix) }, otherwise);
      }
      case 'manual':
        return manualPower(node.id, operator);
      case 'direct':
        throw new FaultError({ code: 'BMC-010', kind: 'power.direct', node: node.id });
    }
  }

  #pdu(name: string): Pdu {
    const known = this.#pdus.get(name);
    if (known !== undefined) return known;
    const { site, places, clock } = this.#parts;
    const written = site.pdus.find((pdu) => pdu.name === name);
    if (written === undefined) throw new Error(`bug: the site has no PDU ${name}`);
    const pdu = snmpPdu(
      configOf(written, (reference) => this.#secret(reference), places?.pdus[name]),
      { clock },
    );
    this.#pdus.set(name, pdu);
    return pdu;
  }

  #secret(reference: SecretReference): () => Promise<string> {
    const { readSecret, signal } = this.#parts;
    return () => readSecret(reference, signal);
  }

  #notice(node: NodeId, fault: Fault): void {
    this.#noted.get(node)?.push(fault);
    this.#parts.notice(node, fault);
  }
}

/** The last address of the subnet. */
function broadcastOf(subnet: string, prefix: number): string {
  const number = addressNumber(subnet) ?? 0;
  return addressText(spanOf(number, prefix).last);
}
