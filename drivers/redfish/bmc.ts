import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { BootOrder } from '../../core/ports/boot-device.js';
import type { LogRecord } from '../../core/ports/event-log.js';
import type { Identity } from '../../core/ports/identity.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import type { SensorReading } from '../../core/ports/sensors.js';
import { openTurns } from '../system-clock/turns.js';
import { BootOverrides } from './boot-override.js';
import { RedfishClient } from './client.js';
import type { Call } from './call.js';
import type { RedfishConfig } from './config.js';
import { ensureIndicator, readIdentity } from './identity.js';
import { clearLog, readLog } from './log-entries.js';
import { Places } from './places.js';
import { cyclePower, ensurePower, readPower } from './power.js';
import { readSensors } from './sensors.js';
import { ensureMedium, readMedium, type MediaKind } from './virtual-media.js';

/** One machine by its BMC. A promise is rejected with a FaultError of the area RDF, or when its signal is aborted. */
export interface RedfishBmc extends AsyncDisposable {
  readonly power: {
    read(signal: AbortSignalLike): Promise<PowerState>;
    /** A level, believed when it reads back. */
    ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
    /** Off, a pause, and on; one that is off is switched on. */
    cycle(signal: AbortSignalLike): Promise<void>;
  };
  readonly bootDevice: {
    ensure(want: BootOrder, signal: AbortSignalLike): Promise<void>;
    /** Null: the firmware's own order. */
    read(signal: AbortSignalLike): Promise<BootOrder | null>;
  };
  readonly media: {
    /** URL of what is in; null: nothing. */
    read(kind: MediaKind, signal: AbortSignalLike): Promise<string | null>;
    /** Null takes out what is in. The BMC fetches the image from there by itself. */
    ensure(kind: MediaKind, url: string | null, signal: AbortSignalLike): Promise<void>;
  };
  readonly sensors: { read(signal: AbortSignalLike): Promise<readonly SensorReading[]> };
  readonly eventLog: {
    read(signal: AbortSignalLike): Promise<readonly LogRecord[]>;
    clear(signal: AbortSignalLike): Promise<void>;
  };
  readonly identify: { ensure(want: 'on' | 'off', signal: AbortSignalLike): Promise<void> };
  readonly identity: { read(signal: AbortSignalLike): Promise<Identity> };
  /**
   * That it is there, is a BMC, and takes our credentials, and no others: a password made up for it is tried once.
   * @throws FaultError RDF-018 and what else is wrong with it
   */
  verify(signal: AbortSignalLike): Promise<void>;
  /** Ends the session on the BMC. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Changes of one BMC go one after the other, since each reads first what it then changes; reads come in between.
 * @throws FaultError RDF-021 for what is no URL of a BMC
 */
export function redfishBmc(config: RedfishConfig, { clock }: { readonly clock: Clock }): RedfishBmc {
  const client = new RedfishClient(config, clock);
  const places = new Places(client, config.system);
  const boot = new BootOverrides(client, places);
  const parts = { client, places, beforeOn: boot.beforeOn.bind(boot) };
  const changes = openTurns();
  const { call_ms, settle_ms, dwell_ms, confirm_ms, task_ms } = client.timing;
  const change = (signal: AbortSignalLike, extra_ms: number, work: (call: Call) => Promise<void>): Promise<void> => {
    const call = client.begin(signal, call_ms + extra_ms);
    return changes.take(() => work(call), { signal });
  };
  const read = <T>(signal: AbortSignalLike, work: (call: Call) => Promise<T>): Promise<T> => work(client.begin(signal));
  return {
    power: {
      read: (signal) => read(signal, (call) => readPower(parts, call)),
      ensure: (want, signal) => change(signal, 2 * settle_ms, (call) => ensurePower(parts, want, call)),
      cycle: (signal) => change(signal, 4 * settle_ms + dwell_ms, (call) => cyclePower(parts, call)),
    },
    bootDevice: {
      ensure: (want, signal) => change(signal, confirm_ms, (call) => boot.ensure(want, call)),
      read: (signal) => read(signal, (call) => boot.read(call)),
    },
    media: {
      read: (kind, signal) => read(signal, (call) => readMedium(parts, kind, call)),
      ensure: (kind, url, signal) => change(signal, task_ms, (call) => ensureMedium(parts, { kind, url }, call)),
    },
    sensors: { read: (signal) => read(signal, (call) => readSensors(parts, call)) },
    eventLog: {
      read: (signal) => read(signal, (call) => readLog(parts, call)),
      clear: (signal) => change(signal, 0, (call) => clearLog(parts, call)),
    },
    identify: { ensure: (want, signal) => change(signal, 0, (call) => ensureIndicator(parts, want, call)) },
    identity: { read: (signal) => read(signal, (call) => readIdentity(parts, call)) },
    verify: (signal) => read(signal, (call) => verify(client, places, call)),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function verify(client: RedfishClient, places: Places, call: Call): Promise<void> {
  await places.readSystem(call);
  if (!(await client.opens(randomBytes(9).toString('base64url'), call))) return;
  throw new FaultError({ code: 'RDF-018', kind: 'redfish.anyPassword', bmc: client.bmc, user: client.user });
}
