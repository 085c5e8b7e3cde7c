import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { BootOrder } from '../../core/ports/boot-device.js';
import type { LogRecord } from '../../core/ports/event-log.js';
import type { Identity } from '../../core/ports/identity.js';
import type { MachinePower } from '../../core/ports/machine-power.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { SensorReading } from '../../core/ports/sensors.js';
import type { IpmiBmc } from '../../drivers/ipmi/bmc.js';
import type { IpmiConsole } from '../../drivers/ipmi/sol.js';
import type { RedfishBmc } from '../../drivers/redfish/bmc.js';

/** Power that can be taken away and given back. */
export interface CyclingPower extends MachinePower {
  /** Off, verified, a pause, on, verified. */
  cycle(signal: AbortSignalLike): Promise<void>;
}

/** One node's BMC, whichever protocol it speaks. Faults are the driver's own. */
export interface NodeBmc extends AsyncDisposable {
  readonly power: CyclingPower;
  readonly bootDevice: { ensure(want: BootOrder, signal: AbortSignalLike): Promise<void> };
  sensors(signal: AbortSignalLike): Promise<readonly SensorReading[]>;
  log(signal: AbortSignalLike): Promise<readonly LogRecord[]>;
  clearLog(signal: AbortSignalLike): Promise<void>;
  identity(signal: AbortSignalLike): Promise<Identity>;
  identify(want: 'on' | 'off', signal: AbortSignalLike): Promise<void>;
  /** Its serial line; null where its protocol has none. */
  readonly console: Pick<IpmiConsole, 'attach'> | null;
  /** What anybody could come in by. */
  audit(signal: AbortSignalLike): Promise<readonly Fault[]>;
}

export function overIpmi(bmc: IpmiBmc): NodeBmc {
  return {
    ...bmc,
    // Each call of ipmitool is a session of its own; only a console stays.
    [Symbol.asyncDispose]: () => bmc.console[Symbol.asyncDispose](),
  };
}

export function overRedfish(bmc: RedfishBmc): NodeBmc {
  return {
    power: bmc.power,
    bootDevice: bmc.bootDevice,
    sensors: (signal) => bmc.sensors.read(signal),
    log: (signal) => bmc.eventLog.read(signal),
    clearLog: (signal) => bmc.eventLog.clear(signal),
    console: null,
    identity: (signal) => bmc.identity.read(signal),
    identify: (want, signal) => bmc.identify.ensure(want, signal),
    audit: (signal) => audited(bmc.verify(signal)),
    [Symbol.asyncDispose]: () => bmc[Symbol.asyncDispose](),
  };
}

/** That it takes any password is told as a fault; here it is something to know about a BMC that works. */
async function audited(verified: Promise<void>): Promise<readonly Fault[]> {
  try {
    await verified;
    return [];
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault?.code !== 'RDF-018') throw thrown;
    return [fault];
  }
}
