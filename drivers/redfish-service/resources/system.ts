import { NO_CONTENT, link, ROOT, type Given, type JsonObject, type Resource, type ServiceAnswer } from '../exchange.js';
import { refusal } from '../errors.js';
import { isObject, memberOf, onlyProperties } from '../given.js';
import { THE_ONE, type Parts } from '../parts.js';
import { bootShown, changeBoot, type IdleTarget } from './boot.js';
import { COMPONENTS, componentResources } from './components.js';
import { ledShown, readLed } from './indicator.js';
import { RESET_ACTION, RESET_TYPES, reset } from './reset.js';

const SYSTEM = `/Systems/${THE_ONE}`;

export function systemResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const idle: IdleTarget = { target: 'None' };
  return [
    [`${ROOT}${SYSTEM}`, { get: () => system(parts, idle), patch: (given) => change(parts, idle, given) }],
    [`${ROOT}${SYSTEM}/Actions/${RESET_ACTION}`, { post: (given) => reset(parts, given) }],
    ...componentResources(parts.machine),
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
    ...COMPONENTS,
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
