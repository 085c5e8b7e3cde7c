import type { MachinePower } from '../../core/ports/machine-power.js';
import type { OperatorPort } from '../../core/ports/operator.js';
import { addressNumber, addressText, spanOf } from '../../core/site/network.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { assert, unreachable } from '../../core/unreachable.js';
import { manualPower } from '../../drivers/manual/driver.js';
import { wakeOnLanPower } from '../../drivers/wake-on-lan/driver.js';
import { SitePdus, type SitePdusParts } from './site-pdus.js';

/** The ways to a node's power that need no BMC. */
export type OutletWay = 'pdu' | 'wake-on-lan' | 'manual';

export interface OutletHandsParts extends SitePdusParts {
  readonly site: Pick<Site, 'network' | 'pdus'>;
  readonly operator: OperatorPort;
  /** A node's BMC, where it has one: then that reads and switches off what wake-on-LAN only wakes. */
  readonly bmcPower: (node: SiteNode) => MachinePower | null;
}

/** Makes power of what a site says of a node that no BMC switches. */
export class OutletHands {
  readonly #parts: OutletHandsParts;
  readonly #pdus: SitePdus;

  constructor(parts: OutletHandsParts) {
    this.#parts = parts;
    this.#pdus = new SitePdus(parts);
  }

  /** @throws FaultError PDU-015 when a PDU of it has no address, and stands in no rack that is up */
  power(node: SiteNode, way: OutletWay): MachinePower {
    const { operator, site } = this.#parts;
    switch (way) {
      case 'pdu':
        return this.#pdus.power(node.outlets);
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
    return node.outlets.length === 0 ? null : this.#pdus.power(node.outlets);
  }
}

/** The last address of the nodes' subnet. */
function broadcastOf({ subnet, prefix }: Site['network']): string {
  const number = addressNumber(subnet);
  assert(number !== null, 'a subnet has an address');
  return addressText(spanOf(number, prefix).last);
}
