import type { Clock } from '../../core/clock.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { OutletRef } from '../../core/site/hands.js';
import type { Site } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import { snmpPdu, type Pdu } from '../../drivers/pdu/driver.js';
import { configOf, type SecretOf } from '../../drivers/pdu/of-site.js';
import { outletPower } from '../../drivers/pdu/outlet-power.js';

export interface SitePdusParts {
  readonly site: Pick<Site, 'pdus'>;
  readonly clock: Clock;
  readonly secretOf: SecretOf;
  /** Where a PDU of an emulated rack that is up listens; null for a real one. */
  readonly placeOf: (pdu: string) => { readonly address: string; readonly port: number } | null;
}

/** The PDUs of a site, each made once: all nodes that hang on one share its queue, its budget and its pause. */
export class SitePdus {
  readonly #parts: SitePdusParts;
  readonly #pdus = new Map<string, Pdu>();

  constructor(parts: SitePdusParts) {
    this.#parts = parts;
  }

  /**
   * A machine's power through its outlets. One object a machine: what is asked of it comes one after the other.
   * @throws FaultError PDU-015 when a PDU has no address, and stands in no rack that is up
   */
  power(outlets: readonly OutletRef[]): MachinePower {
    return outletPower(outlets.map(({ pdu, outlet }) => ({ pdu: this.#pdu(pdu), outlet })));
  }

  #pdu(name: string): Pdu {
    const { site, clock, secretOf, placeOf } = this.#parts;
    const known = this.#pdus.get(name);
    if (known !== undefined) return known;
    const described = site.pdus.find((one) => one.name === name);
    assert(described !== undefined, `the site has no PDU ${name}`);
    const pdu = snmpPdu(configOf(described, secretOf, placeOf(name) ?? undefined), { clock });
    this.#pdus.set(name, pdu);
    return pdu;
  }
}
