import { collection, link, ROOT, type JsonObject, type Resource } from '../exchange.js';
import { THE_ONE, type ServedMachine } from '../parts.js';

const SYSTEM = `/Systems/${THE_ONE}`;
const ENABLED = { State: 'Enabled', Health: 'OK' };

/** Links of the system to what it is made of. */
export const COMPONENTS: JsonObject = {
  EthernetInterfaces: link(`${SYSTEM}/EthernetInterfaces`),
  Processors: link(`${SYSTEM}/Processors`),
};

/** NICs and processors: what an inventory, such as Ironic's inspection, asks for. */
export function componentResources({ macs, processors }: ServedMachine): readonly (readonly [string, Resource])[] {
  return [
    ...collected({ name: 'EthernetInterfaces', schema: 'EthernetInterface', items: macs.map(nic) }),
    ...collected({ name: 'Processors', schema: 'Processor', items: Array.from({ length: processors }, processor) }),
  ];
}

interface Collected {
  readonly name: string;
  readonly schema: string;
  /** Numbered from 1. */
  readonly items: readonly JsonObject[];
}

function collected({ name, schema, items }: Collected): readonly (readonly [string, Resource])[] {
  const path = `${SYSTEM}/${name}`;
  const numbered = items.map((item, index) => ({ Id: String(index + 1), item }));
  const members = numbered.map(({ Id }) => Id);
  const whole = collection({ path, schema, name, members });
  return [
    [`${ROOT}${path}`, { get: () => whole }],
    ...numbered.map(({ Id, item }) => {
      const body = { ...link(`${path}/${Id}`), Id, Name: `${schema} ${Id}`, ...item, Status: ENABLED };
      return [`${ROOT}${path}/${Id}`, { get: () => body }] as const;
    }),
  ];
}

function nic(mac: string): JsonObject {
  return { '@odata.type': '#EthernetInterface.v1_9_0.EthernetInterface', MACAddress: mac, PermanentMACAddress: mac };
}

/** As QEMU makes them: each a socket of its own, with one core. */
function processor(): JsonObject {
  return {
    '@odata.type': '#Processor.v1_18_0.Processor',
    ProcessorType: 'CPU',
    ProcessorArchitecture: 'x86',
    InstructionSet: 'x86-64',
    TotalCores: 1,
    TotalThreads: 1,
  };
}
