import type { SensorHealth, SensorReading } from '../../core/ports/sensors.js';
import type { Read } from './answers.js';
import type { Call } from './call.js';
import type { RedfishClient } from './client.js';
import { at, linkAt, listAt, numberAt, textAt } from './json.js';
import type { Places } from './places.js';

export interface SensorParts {
  readonly client: RedfishClient;
  readonly places: Places;
}

/** Each sensor is a request of its own; a chassis that has more of them than this is read in part. */
const MOST_SENSORS = 256;

/**
 * What the chassis measures. By Thermal and Power where it has them, two requests for all; a service that has dropped
 * them (Redfish 2020.4) has a resource for each sensor.
 *
 * @throws FaultError RDF-008 for a chassis without any sensors
 */
export async function readSensors(parts: SensorParts, call: Call): Promise<readonly SensorReading[]> {
  const { client, places } = parts;
  const chassis = await places.readChassis(await places.readSystem(call), call);
  const whole = ['Thermal', 'Power'].map((name) => linkAt(chassis.body, name)).filter((path) => path !== null);
  if (whole.length === 0) return readEach(parts, chassis, call);
  const readings: SensorReading[] = [];
  for (const path of whole) readings.push(...readingsIn(await client.get(path, call)));
  return readings;
}

async function readEach({ client, places }: SensorParts, chassis: Read, call: Call): Promise<readonly SensorReading[]> {
  const { body } = await places.follow(chassis, 'Sensors', call);
  const readings: SensorReading[] = [];
  for (const member of listAt(body, 'Members').slice(0, MOST_SENSORS)) {
    // Some services have them whole within the collection.
    const path = at(member, 'Name') === undefined ? linkAt(member) : null;
    readings.push(sensorIn(path === null ? member : (await client.get(path, call)).body));
  }
  return readings;
}

/** Lists of Thermal and Power, where each has its reading, and what that is measured in. */
const LISTS: readonly { readonly list: string; readonly reading: readonly string[]; readonly unit: string }[] = [
  { list: 'Temperatures', reading: ['ReadingCelsius'], unit: 'degrees C' },
  // Before Thermal 1.1 fans had their reading by another name.
  { list: 'Fans', reading: ['Reading', 'ReadingRPM'], unit: 'RPM' },
  { list: 'PowerControl', reading: ['PowerConsumedWatts'], unit: 'Watts' },
  { list: 'Voltages', reading: ['ReadingVolts'], unit: 'Volts' },
];

function readingsIn({ body }: Read): readonly SensorReading[] {
  return LISTS.flatMap(({ list, reading, unit }) =>
    listAt(body, list).map((one) => ({
      name: textAt(one, 'Name') ?? textAt(one, 'FanName') ?? textAt(one, 'MemberId') ?? list,
      value: reading.map((name) => numberAt(one, name)).find((value) => value !== null) ?? null,
      unit: textAt(one, 'ReadingUnits') === 'Percent' ? 'percent' : unit,
      health: healthOf(one),
      text: '',
    })),
  );
}

/** UCUM's abbreviations (Sensor 1.8, ReadingUnits), as IPMI says them. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: 'degrees C',
  RPM: 'RPM',
  '{rev}/min': 'RPM',
  V: 'Volts',
  W: 'Watts',
  A: 'Amps',
  '%': 'percent',
};

function sensorIn(body: unknown): SensorReading {
  const unit = textAt(body, 'ReadingUnits');
  return {
    name: textAt(body, 'Name') ?? textAt(body, 'Id') ?? 'sensor',
    value: numberAt(body, 'Reading'),
    unit: unit === null ? null : (UNITS[unit] ?? unit),
    health: healthOf(body),
    text: '',
  };
}

const HEALTH: Readonly<Record<string, SensorHealth>> = { OK: 'ok', Warning: 'warning', Critical: 'critical' };

function healthOf(one: unknown): SensorHealth {
  if (textAt(one, 'Status', 'State') === 'Absent') return 'absent';
  return HEALTH[textAt(one, 'Status', 'Health') ?? 'OK'] ?? 'absent';
}
