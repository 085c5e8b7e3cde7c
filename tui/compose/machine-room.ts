import { mkdirSync } from 'node:fs';
import type { Clock } from '../../core/clock.js';
import type { Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import { MachineChassis } from '../../core/machine-room/chassis.js';
import type { Chassis } from '../../core/ports/machine-room.js';
import type { BmcMishapKind } from '../../core/scenario/bmc-mishaps.js';
import type { SecretReference } from '../../core/site/hands.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site, SiteNode } from '../../core/site/site.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { RackBmcs } from './rack-bmcs.js';
import { openRackPdus } from './rack-pdus.js';

export interface MachineRoomParts {
  readonly site: Site;
  readonly nodes: readonly SiteNode[];
  readonly rack: Pick<QemuRack, 'works' | 'line'>;
  readonly clock: Clock;
  /** For what BMCs need; nobody else may look into it. */
  readonly directory: string;
  /** Where keys and certificates of BMCs are kept; with what they need unless told. */
  readonly certificates?: string;
  /** Where BMCs and PDUs were the last time: there they are again, if their ports are free. */
  readonly before?: MachineRoom['places'] | null;
  readonly readSecret: (reference: SecretReference, signal: AbortSignal) => Promise<string>;
  /** Where the guests' own interfaces to their BMCs are waited for. */
  readonly kcsPorts?: ReadonlyMap<NodeId, number>;
  readonly noted: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** The chassis, BMCs and PDUs of an emulated rack: driven over the network, as real ones are. */
export interface MachineRoom extends AsyncDisposable {
  readonly chassis: ReadonlyMap<NodeId, Chassis>;
  readonly places: Pick<RackState, 'ipmi' | 'redfish' | 'pdus'>;
  /** Has a node's BMC do wrong, or right again; nothing where it has none. */
  readonly lie: (node: NodeId, kind: BmcMishapKind, isTold: boolean) => void;
  /** Switches the outlets on of a node that they alone switch. @returns false where it is another node */
  readonly feed: (node: NodeId) => boolean;
}

/** @throws FaultError SEC (a password that cannot be read), EBM, RDF-020, PDU-016, HOST-001 and HOST-002 */
export async function openMachineRoom(parts: MachineRoomParts): Promise<MachineRoom> {
  const { nodes, rack, directory } = parts;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const chassis = new Map<NodeId, Chassis>(
    nodes.map(({ id, power }) => {
      // What only a PDU can switch starts as soon as it is fed.
      const afterPowerLoss = power === 'pdu' ? 'on' : 'off';
      return [id, new MachineChassis({ node: id, works: rack.works(id), afterPowerLoss })];
    }),
  );
  const bmcs = new RackBmcs(parts, chassis);
  try {
    await Promise.all(nodes.map((node) => bmcs.add(node)));
    const pdus = await openRackPdus({ ...parts, chassis });
    return {
      chassis,
      places: { ...bmcs.places, pdus: pdus.places },
      lie: (node, kind, isTold) => bmcs.lie(node, kind, isTold),
      feed: (id) => {
        const node = nodes.find((one) => one.id === id && one.power === 'pdu');
        if (node !== undefined) pdus.press(node.outlets, 'on');
        return node !== undefined;
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([pdus[Symbol.asyncDispose](), bmcs[Symbol.asyncDispose]()]);
      },
    };
  } catch (thrown) {
    await bmcs[Symbol.asyncDispose]();
    throw thrown;
  }
}
