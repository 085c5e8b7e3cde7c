import { NO_CONTENT, link, ROOT, type Given, type JsonObject, type Resource, type ServiceAnswer } from '../exchange.js';
import { refusal } from '../errors.js';
import { isObject, memberOf, onlyProperties } from '../given.js';
import { THE_ONE, type Parts } from '../parts.js';
import { bootShown, changeBoot, type IdleTarget } from './boot.js';
import { ledShown, readLed } from './indicator.js';
import { RESET_ACTION, RESET_TYPES, reset } from './reset.js';

const SYSTEM = `/Systems/${THE_ONE}`;
const NICS = `${SYSTEM}/EthernetInterfaces`;

export function systemResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const idle: IdleTarget = { target: 'None' };
  const { macs } = parts.machine;
  return [
    [`${ROOT}${SYSTEM}`, { get: () => system(parts, idle), patch: (given) => change(parts, idle, given) }],
    [`${ROOT}${SYSTEM}/Actions/${RESET_ACTION}`, { post: (given) => reset(parts, given) }],
    [`${ROOT}${NICS}`, { get: () => nics(macs) }],
    ...macs.map((mac, index) => [`${ROOT}${NICS}/${index + 1}`, { get: () => nic(mac, index + 1) }] as const),
  ];
}

function system(parts: Parts, idle: IdleTarget): JsonObject {
  const { machine, power } = parts;
  return {
    ...link(SYSTEM),
    '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem',
    Id: THE_ONE,
    Name: machine.name,
    HostName: machine.name,
    SystemType: 'Physical',
    Manufacturer: 'metalrig',
    Model: 'emulated node',
    SerialNumber: machine.name,
    UUID: machine.uuid,
    PowerState: power.told() === 'on' ? 'On' : 'Off',
    Status: { State: 'Enabled', Health: 'OK', HealthRollup: 'OK' },
    ...ledShown(parts),
    ProcessorSummary: { Count: machine.processors, Status: { State: 'Enabled', Health: 'OK' } },
    MemorySummary: {
      TotalSystemMemoryGiB: machine.memory_bytes / 2 ** 30,
      Status: { State: 'Enabled', Health: 'OK', HealthRollup: 'OK' },
    },
    Boot: bootShown(parts, idle),
    EthernetInterfaces: link(NICS),
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${ROOT}${SYSTEM}/Actions/${RESET_ACTION}`,
        'ResetType@Redfish.AllowableValues': RESET_TYPES,
      },
    },
    Links: { Chassis: [link(`/Chassis/${THE_ONE}`)], ManagedBy: [link(`/Managers/${THE_ONE}`)] },
  };
}

const FROZEN = ['Id', 'Name', 'UUID', 'PowerState', 'Status', 'SystemType', 'Manufacturer', 'Model', 'SerialNumber'];

/** All of it or nothing: a body with one bad property changes none (DSP0266, section 8.4.2). */
async function change(parts: Parts, idle: IdleTarget, given: Given): Promise<ServiceAnswer> {
  const known = onlyProperties(given, ['Boot', 'IndicatorLED', 'LocationIndicatorActive'], FROZEN);
  if (!known.ok) return known.refused;
  const led = readLed(given);
  if (!led.ok) return led.refused;
  const boot = memberOf(given, 'Boot');
  if (boot !== undefined) {
    if (!isObject(boot)) return refusal('PropertyValueTypeError', ['Boot'], '#/Boot');
    const answer = changeBoot(parts, idle, boot);
    if (answer !== null) return answer;
  }
  if (led.value !== undefined) parts.machine.chassis.identify(led.value);
  return NO_CONTENT;
}

function nics(macs: readonly string[]): JsonObject {
  return {
    ...link(NICS),
    '@odata.type': '#EthernetInterfaceCollection.EthernetInterfaceCollection',
    Name: 'NICs',
    'Members@odata.count': macs.length,
    Members: macs.map((_, index) => link(`${NICS}/${index + 1}`)),
  };
}

function nic(mac: string, number: number): JsonObject {
  return {
    ...link(`${NICS}/${number}`),
    '@odata.type': '#EthernetInterface.v1_9_0.EthernetInterface',
    Id: String(number),
    Name: `NIC ${number}`,
    MACAddress: mac,
    PermanentMACAddress: mac,
    Status: { State: 'Enabled', Health: 'OK' },
  };
}
