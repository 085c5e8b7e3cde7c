import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { OutletRef, Pdu, SecretReference } from '../../core/site/hands.js';
import type { PowerState } from '../../core/ports/power.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import { assert } from '../../core/unreachable.js';
import { openEmulatedPdu, type EmulatedPdu } from '../../drivers/pdu/emulated/emulated-pdu.js';
import { numberOf } from '../../drivers/pdu/emulated/outlets-table.js';
import { accessOf, modelOf } from '../../drivers/pdu/of-site.js';
import { atKnownPort } from './known-port.js';

export interface RackPdusParts {
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  readonly chassis: ReadonlyMap<NodeId, Chassis>;
  readonly clock: Clock;
  readonly readSecret: (reference: SecretReference, signal: AbortSignal) => Promise<string>;
  /** Where they were the last time. */
  readonly before?: Pick<RackState, 'pdus'> | null;
  readonly signal: AbortSignal;
}

export interface RackPdus extends AsyncDisposable {
  readonly places: RackState['pdus'];
  readonly pdus: ReadonlyMap<string, EmulatedPdu>;
  press(outlets: readonly OutletRef[], want: PowerState): void;
}

/** As many as the biggest of the racks that were looked at. */
const OUTLETS = 24;

/**
 * The PDUs of an emulated rack, each node's cords in its outlets. Outlets are on, as when a PDU gets its mains, but for
 * those that alone switch a node: the rack is off at first.
 *
 * @throws FaultError PDU-003, PDU-016, and what is wrong with a secret
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
  const press: RackPdus['press'] = (outlets, want) => {
    for (const outlet of outlets) pdus.get(outlet.pdu)?.press(numberIn(site, outlet), want);
  };
  for (const { id, power, outlets } of nodes) {
    // One that has outlived us is fed.
    const isFed = power !== 'pdu' || chassis.get(id)?.power() === 'on';
    if (!isFed) press(outlets, 'off');
    for (const { pdu, outlet } of outlets) chassis.get(id)?.setFeed(`${pdu} ${outlet}`, isFed);
  }
  return { places, pdus, press, [Symbol.asyncDispose]: close };
}

async function openOne(pdu: Pdu, parts: RackPdusParts): Promise<EmulatedPdu> {
  const { site, nodes, chassis, clock, readSecret, signal } = parts;
  const { login } = pdu;
  const cords = nodes.flatMap(({ id, outlets }) =>
    outlets
      .filter((one) => one.pdu === pdu.name)
      .map((one) => ({ id, feed: `${one.pdu} ${one.outlet}`, number: numberIn(site, one) })),
  );
  const access = accessOf(login, (reference) => () => readSecret(reference, signal));
  const config = {
    model: modelOf(pdu),
    outlets: Math.max(OUTLETS, ...cords.map(({ number }) => number)),
    access: [{ access, may: 'write' }],
  } as const;
  const onOutlet = (number: number, state: PowerState): void => {
    for (const { id, feed } of cords.filter((cord) => cord.number === number)) {
      chassis.get(id)?.setFeed(feed, state === 'on');
    }
  };
  const known = parts.before?.pdus[pdu.name]?.port;
  return atKnownPort(known, (port) => openEmulatedPdu({ ...config, port }, { clock, onOutlet }));
}

/** @throws FaultError PDU-003 for an outlet of another unit or bank than an emulated PDU has */
function numberIn(site: Site, { pdu: name, outlet }: OutletRef): number {
  const pdu = site.pdus.find((one) => one.name === name);
  assert(pdu !== undefined, `the site has no PDU ${name}`);
  const number = numberOf(modelOf(pdu), outlet);
  if (number !== null) return number;
  throw new FaultError({ code: 'PDU-003', kind: 'outlet.missing', pdu: name, outlet, model: pdu.model });
}
