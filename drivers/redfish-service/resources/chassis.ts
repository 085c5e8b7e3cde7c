import type { SensorReading } from '../../../core/ports/sensors.js';
import { collection, link, NO_CONTENT, ROOT, type Branch, type Given, type JsonObject } from '../exchange.js';
import type { Resource, ServiceAnswer } from '../exchange.js';
import { onlyProperties } from '../given.js';
import { THE_ONE, type Parts } from '../parts.js';
import { ledShown, readLed } from './indicator.js';

const CHASSIS = `/Chassis/${THE_ONE}`;
const SENSORS = `${CHASSIS}/Sensors`;
const ENABLED = { State: 'Enabled', Health: 'OK' };

/** The chassis with its sensors, told in both ways: a resource for each, and the older Thermal and Power. */
export function chassisResources(parts: Parts): readonly (readonly [string, Resource])[] {
  const { sensors } = parts.machine;
  return [
    [`${ROOT}${CHASSIS}`, { get: () => chassis(parts), patch: (given) => change(parts, given) }],
    [`${ROOT}${CHASSIS}/Thermal`, { get: () => thermal(sensors()) }],
    [`${ROOT}${CHASSIS}/Power`, { get: () => power(sensors()) }],
    [
      `${ROOT}${SENSORS}`,
      {
        get: () =>
          collection({ path: SENSORS, schema: 'Sensor', name: 'Sensors', members: sensors().map((_, at) => idAt(at)) }),
      },
    ],
  ];
}

export function sensorBranch({ machine }: Parts): Branch {
  const path = new RegExp(`^${ROOT}${SENSORS}/(\\d{1,4})$`);
  return (asked) => {
    const at = Number(path.exec(asked)?.[1] ?? 0) - 1;
    const reading = machine.sensors()[at];
    return reading === undefined ? null : { get: () => sensor(reading, at) };
  };
}

function chassis(parts: Parts): JsonObject {
  const { machine, power: view } = parts;
  return {
    ...link(CHASSIS),
    '@odata.type': '#Chassis.v1_23_0.Chassis',
    Id: THE_ONE,
    Name: `Chassis of ${machine.name}`,
    ChassisType: 'RackMount',
    Manufacturer: 'metalrig',
    Model: 'emulated node',
    SerialNumber: machine.name,
    PowerState: view.told() === 'on' ? 'On' : 'Off',
    Status: { ...ENABLED, HealthRollup: 'OK' },
    ...ledShown(parts),
    Thermal: link(`${CHASSIS}/Thermal`),
    Power: link(`${CHASSIS}/Power`),
    Sensors: link(SENSORS),
    Links: { ComputerSystems: [link(`/Systems/${THE_ONE}`)], ManagedBy: [link(`/Managers/${THE_ONE}`)] },
  };
}

async function change(parts: Parts, given: Given): Promise<ServiceAnswer> {
  const known = onlyProperties(given, ['IndicatorLED', 'LocationIndicatorActive'], ['Id', 'Name', 'PowerState']);
  if (!known.ok) return known.refused;
  const led = readLed(given);
  if (!led.ok) return led.refused;
  if (led.value !== undefined) parts.machine.chassis.identify(led.value);
  return NO_CONTENT;
}

function idAt(at: number): string {
  return String(at + 1);
}

/** Units as IPMI says them, and what Redfish calls what is measured in them (Sensor.v1_8_0, ReadingType). */
const TYPES: Readonly<Record<string, { readonly type: string; readonly unit: string }>> = {
  'degrees C': { type: 'Temperature', unit: 'Cel' },
  RPM: { type: 'Rotational', unit: 'RPM' },
  Volts: { type: 'Voltage', unit: 'V' },
  Watts: { type: 'Power', unit: 'W' },
  Amps: { type: 'Current', unit: 'A' },
};

function sensor(reading: SensorReading, at: number): JsonObject {
  const known = TYPES[reading.unit ?? ''];
  return {
    ...link(`${SENSORS}/${idAt(at)}`),
    '@odata.type': '#Sensor.v1_8_0.Sensor',
    Id: idAt(at),
    Name: reading.name,
    Reading: reading.value,
    ReadingUnits: known?.unit ?? reading.unit,
    ...(known === undefined ? {} : { ReadingType: known.type }),
    Status: statusOf(reading),
  };
}

function thermal(readings: readonly SensorReading[]): JsonObject {
  return {
    ...link(`${CHASSIS}/Thermal`),
    '@odata.type': '#Thermal.v1_7_1.Thermal',
    Id: 'Thermal',
    Name: 'Temperatures and fans',
    Temperatures: listed(readings, TEMPERATURES),
    Fans: listed(readings, FANS),
  };
}

function power(readings: readonly SensorReading[]): JsonObject {
  return {
    ...link(`${CHASSIS}/Power`),
    '@odata.type': '#Power.v1_7_1.Power',
    Id: 'Power',
    Name: 'Power',
    PowerControl: listed(readings, CONSUMPTION),
    Voltages: listed(readings, VOLTAGES),
  };
}

interface Listed {
  /** Where in the resource it stands, such as `Thermal#/Fans`. */
  readonly under: string;
  /** Only readings of this unit belong there. */
  readonly unit: string;
  readonly shown: (value: number | null) => JsonObject;
}

function listed(readings: readonly SensorReading[], { under, unit, shown }: Listed): readonly JsonObject[] {
  return readings
    .filter((one) => one.unit === unit)
    .map((one, at) => ({
      ...link(`${CHASSIS}/${under}/${at}`),
      MemberId: String(at),
      Name: one.name,
      ...shown(one.value),
      Status: statusOf(one),
    }));
}

const TEMPERATURES: Listed = {
  under: 'Thermal#/Temperatures',
  unit: 'degrees C',
  shown: (value) => ({ ReadingCelsius: value }),
};
const FANS: Listed = {
  under: 'Thermal#/Fans',
  unit: 'RPM',
  shown: (value) => ({ Reading: value, ReadingUnits: 'RPM' }),
};
const CONSUMPTION: Listed = {
  under: 'Power#/PowerControl',
  unit: 'Watts',
  shown: (value) => ({ PowerConsumedWatts: value }),
};
const VOLTAGES: Listed = {
  under: 'Power#/Voltages',
  unit: 'Volts',
  shown: (value) => ({ ReadingVolts: value }),
};

const HEALTH = { ok: 'OK', warning: 'Warning', critical: 'Critical' } as const;

function statusOf({ health }: SensorReading): JsonObject {
  return health === 'absent' ? { State: 'Absent' } : { State: 'Enabled', Health: HEALTH[health] };
}
