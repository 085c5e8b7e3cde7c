import type { Chassis } from '../../../core/ports/machine-room.js';
import type { SensorReading } from '../../../core/ports/sensors.js';
import { redfishBmc, type RedfishBmc } from '../../../drivers/redfish/bmc.js';
import type { RedfishConfig } from '../../../drivers/redfish/config.js';
import { NO_LIES, type RedfishLies } from '../../../drivers/redfish-service/lies.js';
import type { ServedMachine } from '../../../drivers/redfish-service/parts.js';
import { startRedfishService, type RedfishServiceOptions } from '../../../drivers/redfish-service/service.js';
import { systemClock } from '../../../drivers/system-clock/system-clock.js';
import { memoryChassis, type MemoryChassis } from '../../../sim/drivers/chassis.js';

export const USER = 'admin';
export const PASSWORD = 'correct horse';
export const UUID = '5f3c2a10-0000-4000-8000-525400000001';

const SENSORS: readonly SensorReading[] = [
  { name: 'CPU1 Temp', value: 41, unit: 'degrees C', health: 'ok', text: '' },
  { name: 'FAN1', value: 5400, unit: 'RPM', health: 'warning', text: '' },
  { name: 'PSU1', value: 120, unit: 'Watts', health: 'ok', text: '' },
];

export interface RedfishLab extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly machine: MemoryChassis;
  readonly chassis: Chassis;
  readonly lie: (lies: Partial<RedfishLies>) => void;
  /** Another client of the same BMC. */
  readonly client: (config?: Partial<RedfishConfig>) => RedfishBmc;
  /** URLs of media that the service was told to get. */
  readonly fetched: readonly string[];
}

/** Spans as short as a service on loopback makes them worth. */
export const QUICK = {
  request_ms: 2_000,
  call_ms: 4_000,
  settle_ms: 300,
  confirm_ms: 200,
  dwell_ms: 1,
  poll_ms: 2,
  retry_ms: 5,
} as const;

function servedMachine(chassis: Chassis, fetched: string[]): ServedMachine {
  const fileOf = (url: string): Promise<string> => {
    fetched.push(url);
    return Promise.resolve(`/scratch/${fetched.length}.iso`);
  };
  return {
    name: 'root1',
    uuid: UUID,
    chassis,
    macs: ['52:54:00:00:00:01'],
    memory_bytes: 2 ** 30,
    processors: 1,
    modes: ['legacy', 'uefi'],
    sensors: () => SENSORS,
    media: { drives: ['cdrom', 'usb'], fileOf },
  };
}

/** A machine in memory behind our service, and clients of ours. */
export async function openRedfishLab(options: Partial<RedfishServiceOptions> = {}): Promise<RedfishLab> {
  const clock = systemClock();
  const machine = memoryChassis('root1');
  const fetched: string[] = [];
  const clients: RedfishBmc[] = [];
  let lies = NO_LIES;
  const service = await startRedfishService({
    machine: servedMachine(machine.chassis, fetched),
    clock,
    wall: () => '2026-11-21T19:00:00Z',
    user: USER,
    password: () => Promise.resolve(PASSWORD),
    host: '127.0.0.1',
    port: 0,
    lies: () => lies,
    ...options,
  });
  const { url, port } = service;
  return {
    url,
    port,
    machine,
    chassis: machine.chassis,
    fetched,
    lie: (some) => void (lies = { ...NO_LIES, ...some }),
    client(config = {}) {
      const password = (): Promise<string> => Promise.resolve(PASSWORD);
      const base = { url, system: null, user: USER, password, tls: 'verify', timing: QUICK } as const;
      const bmc = redfishBmc({ ...base, ...config }, { clock });
      clients.push(bmc);
      return bmc;
    },
    async [Symbol.asyncDispose]() {
      lies = NO_LIES;
      await Promise.all(clients.map((bmc) => bmc[Symbol.asyncDispose]()));
      await service[Symbol.asyncDispose]();
    },
  };
}
