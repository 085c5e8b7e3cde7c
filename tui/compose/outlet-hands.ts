import type { Clock } from '../../core/clock.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import type { OutletRef } from '../../core/site/hands.js';
import { addressNumber, addressText, spanOf } from '../../core/site/network.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { assert, unreachable } from '../../core/unreachable.js';
import { manualPower } from '../../drivers/manual/driver.js';
import { snmpPdu, type Pdu } from '../../drivers/pdu/driver.js';
import { configOf, type SecretOf } from '../../drivers/pdu/of-site.js';
import { outletPower } from '../../drivers/pdu/outlet-power.js';
import { wakeOnLanPower } from '../../drivers/wake-on-lan/driver.js';

/** The ways to a node's power that need no BMC. */
export type OutletWay = 'pdu' | 'wake-on-lan' | 'manual';

export interface OutletHandsParts {
  readonly site: Pick<Site, 'network' | 'pdus'>;
  readonly clock: Clock;
  readonly secretOf: SecretOf;
  /** Where a PDU of an emulated rack that is up listens; null for a real one. */
  readonly placeOf: (pdu: string) => { readonly address: string; readonly port: number } | null;
  readonly operator: OperatorPort;
  /** A node's BMC, where it has one: then that reads and switches off what wake-on-LAN only wakes. */
  readonly bmcPower: (node: SiteNode) => MachinePower | null;
}

/** Makes power of what a site says of a node's outlets. All nodes of a PDU share its queue, budget and pause. */
export class OutletHands {
  readonly #parts: OutletHandsParts;
  readonly #pdus = new Map<string, Pdu>();

  constructor(parts: OutletHandsParts) {
    this.#parts = parts;
  }

  /** @throws FaultError PDU-015 when a PDU of it has no address, and stands in no rack that is up */
  power(node: SiteNode, way: OutletWay): MachinePower {
    const { operator, site } = this.#parts;
    switch (way) {
      case 'pdu':
        return this.#throughOutlets(node.outlets);
      case 'manual':
        return manualPower(node.id, operator);
      case 'wake-on-lan': {
        const otherwise = this.#otherwise(node);
        const address = broadcastOf(site.network);
        return wakeOnLanPower({ node: node.id, mac: node.mac, address }, otherwise === null ? {} : { otherwise });
      }
      default:
        return unreachable(way);
    }
  }

  #otherwise(node: SiteNode): MachinePower | null {
    const bmc = this.#parts.bmcPower(node);
    if (bmc !== null) return bmc;
    return node.outlets.length === 0 ? null : this.#throughOutlets(node.outlets);
  }

  #throughOutlets(outlets: readonly OutletRef[]): MachinePower {
    const { clock } = this.#parts;
    return outletPower(
      outlets.map(({ pdu, outlet }) => ({ pdu: this.#pdu(pdu), outlet })),
      { clock },
    );
  }

  #pdu(name: string): Pdu {
    const { site, clock, secretOf, placeOf } = this.#parts;
    const known = this.#pdus.get(name);
    if (known !== undefined) return known;
    const described = site.pdus.find((one) => one.name === name);
    assert(described !== undefined, `the site has no PDU ${name}`);
    const place = placeOf(name);
    const pdu = snmpPdu(configOf(described, secretOf, place ?? undefined), { clock });
    this.#pdus.set(name, pdu);
    return pdu;
  }
}

/** The last address of the nodes' subnet. */
function broadcastOf({ subnet, prefix }: Site['network']): string {
  const number = addressNumber(subnet);
  assert(number !== null, 'a subnet has an address');
  return addressText(spanOf(number, prefix).last);
}
