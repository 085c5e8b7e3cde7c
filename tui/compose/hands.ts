import { dirname } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { BmcAccess } from '../../core/site/hands.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import type { IpmiBmc } from '../../drivers/ipmi/bmc.js';
import { secretReader, type ReadSecret } from '../../drivers/secrets/read-secret.js';
import { pause } from '../../drivers/system-clock/pause.js';
import { ipmiOf, type BmcPlace } from './ipmi.js';
import { overIpmi, overRedfish, type CyclingPower, type NodeBmc } from './node-bmc.js';
import { OutletHands } from './outlet-hands.js';
import { redfishOf } from './redfish.js';

/** How long a cycle leaves a node off that has no BMC: its supplies must be really empty. */
const OFF_FOR_MS = 5_000;

export interface HandsParts {
  readonly site: Site;
  readonly clock: Clock;
  /** The emulated rack that is up, if one is: its BMCs and PDUs are where it says. */
  readonly rack: RackState | null;
  readonly operator: OperatorPort;
  /** What was noticed about a BMC, though it was worked around. */
  readonly notice: (fault: Fault) => void;
}

/**
 * What metalrig has in its hands of a site's nodes, made as it is asked for: the same drivers for real racks and for
 * emulated ones, which are only at other addresses.
 */
export class Hands implements AsyncDisposable {
  readonly #parts: HandsParts;
  readonly #readSecret: ReadSecret;
  readonly #outlets: OutletHands;
  readonly #bmcs = new Map<NodeId, NodeBmc>();

  constructor(parts: HandsParts) {
    const { site, clock, operator, rack } = parts;
    this.#parts = parts;
    const readSecret = secretReader({ folder: dirname(site.file), environment: process.env, clock });
    this.#readSecret = readSecret;
    this.#outlets = new OutletHands({
      site,
      clock,
      operator,
      secretOf: (reference) => () => readSecret(reference, new AbortController().signal),
      placeOf: (pdu) => rack?.pdus[pdu] ?? null,
      bmcPower: (node) => (node.bmc === null ? null : this.bmc(node).power),
    });
  }

  /** @throws FaultError HND-001 to 003, and what the driver has against what the site says */
  power(node: SiteNode): CyclingPower {
    switch (node.power) {
      case 'ipmi':
      case 'redfish':
        return this.bmc(node).power;
      case 'pdu':
      case 'wake-on-lan':
      case 'manual':
        // Its outlets are those of the rack's own PDUs.
        if (node.world === 'emulated' && this.#parts.rack === null) throw this.#rackDown(node);
        return cycling(this.#outlets.power(node, node.power), this.#parts.clock);
      case 'direct':
        throw new FaultError({ code: 'HND-002', kind: 'hands.direct', node: node.id, site: this.#parts.site.file });
    }
  }

  /** Calls on one BMC wait for each other, so there is one of it. @throws as `power` */
  bmc(node: SiteNode): NodeBmc {
    const known = this.#bmcs.get(node.id);
    if (known !== undefined) return known;
    const bmc = this.#open(node, this.#accessOf(node));
    this.#bmcs.set(node.id, bmc);
    return bmc;
  }

  /**
   * By IPMI, which alone has consoles; null where its BMC speaks something else.
   * @param at where it is, whatever site and rack say
   * @throws as `power`
   */
  ipmi(node: SiteNode, at: BmcPlace | null = null): IpmiBmc | null {
    const access = this.#accessOf(node);
    if (access.protocol !== 'ipmi') return null;
    const { clock, notice, rack } = this.#parts;
    const sited = access.address === null ? null : { address: access.address, port: access.port };
    const place = at ?? rack?.ipmi[node.id] ?? sited;
    if (place === null) throw this.#rackDown(node);
    const { address, port } = place;
    return ipmiOf(node.id, { ...access, address, port }, { clock, notice, readSecret: this.#readSecret });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#bmcs.values()].map((bmc) => bmc[Symbol.asyncDispose]()));
  }

  #accessOf(node: SiteNode): BmcAccess {
    if (node.bmc !== null) return node.bmc;
    throw new FaultError({ code: 'HND-001', kind: 'hands.noBmc', node: node.id, site: this.#parts.site.file });
  }

  #open(node: SiteNode, access: BmcAccess): NodeBmc {
    if (access.protocol === 'ipmi') {
      const ipmi = this.ipmi(node);
      if (ipmi !== null) return overIpmi(ipmi);
    } else {
      const { clock, site, rack } = this.#parts;
      const emulated = rack?.redfish[node.id];
      const parts = { clock, readSecret: this.#readSecret, folder: dirname(site.file) };
      const { url, tls } = access;
      if (emulated !== undefined) {
        return overRedfish(
          redfishOf(access, { url: emulated.url, tls: { kind: 'ca', file: emulated.certificate } }, parts),
        );
      }
      if (url !== null) return overRedfish(redfishOf(access, { url, tls }, parts));
    }
    throw this.#rackDown(node);
  }

  #rackDown(node: SiteNode): FaultError {
    return new FaultError({ code: 'HND-003', kind: 'hands.rackDown', node: node.id, site: this.#parts.site.file });
  }
}

function cycling(power: MachinePower, clock: Clock): CyclingPower {
  return {
    read: (signal) => power.read(signal),
    ensure: (want, signal) => power.ensure(want, signal),
    async cycle(signal) {
      await power.ensure('off', signal);
      await pause(clock, OFF_FOR_MS, signal);
      await power.ensure('on', signal);
    },
  };
}
