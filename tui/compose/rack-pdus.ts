import type { Clock } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { Pdu, SecretReference } from '../../core/site/hands.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { openEmulatedPdu, type EmulatedPdu } from '../../drivers/pdu/emulated/emulated-pdu.js';
import { accessOf, modelOf } from '../../drivers/pdu/of-site.js';

export interface RackPdusParts {
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  readonly chassis: ReadonlyMap<NodeId, Chassis>;
  readonly clock: Clock;
  readonly readSecret: (reference: SecretReference, signal: AbortSignal) => Promise<string>;
  readonly signal: AbortSignal;
}

export interface RackPdus extends AsyncDisposable {
  readonly places: RackState['pdus'];
  readonly pdus: ReadonlyMap<string, EmulatedPdu>;
}

/** As many as the biggest of the racks that were looked at. */
const OUTLETS = 24;

/**
 * The PDUs of an emulated rack, each node's cords in its outlets. Outlets are on, as when a PDU gets its mains, but for
 * those that alone switch a node: the rack is off at first.
 *
 * @throws FaultError PDU-016, and what is wrong with a secret
 */
export async function openRackPdus(parts: RackPdusParts): Promise<RackPdus> {
  const { site, nodes, chassis } = parts;
  const pdus = new Map<string, EmulatedPdu>();
  const places: RackState['pdus'] = {};
  const close = async (): Promise<void> => {
    await Promise.all([...pdus.values()].map((pdu) => pdu[Symbol.asyncDispose]()));
  };
  try {
    for (const pdu of site.pdus) {
      const opened = await openOne(pdu, parts);
      pdus.set(pdu.name, opened);
      places[pdu.name] = { address: opened.address, port: opened.port };
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  for (const { id, power, outlets } of nodes) {
    for (const { pdu, outlet } of outlets) {
      if (power === 'pdu') pdus.get(pdu)?.press(Number(outlet), 'off');
      chassis.get(id)?.setFeed(`${pdu} ${outlet}`, power !== 'pdu');
    }
  }
  return { places, pdus, [Symbol.asyncDispose]: close };
}

async function openOne(pdu: Pdu, { nodes, chassis, clock, readSecret, signal }: RackPdusParts): Promise<EmulatedPdu> {
  const { login } = pdu;
  const access = accessOf(login, (reference) => () => readSecret(reference, signal));
  return openEmulatedPdu(
    { model: modelOf(pdu), outlets: OUTLETS, access: [{ access, may: 'write' }] },
    {
      clock,
      onOutlet(number, state) {
        for (const { id, outlets } of nodes) {
          for (const { outlet } of outlets.filter((one) => one.pdu === pdu.name && Number(one.outlet) === number)) {
            chassis.get(id)?.setFeed(`${pdu.name} ${outlet}`, state === 'on');
          }
        }
      },
    },
  );
}
