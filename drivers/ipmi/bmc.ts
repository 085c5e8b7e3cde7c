import type { Fault } from '../../core/faults/fault.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { openTurns } from '../system-clock/turns.js';
import { auditIpmi } from './audit.js';
import { ipmiBootDevice, type IpmiBootDevice } from './boot-device.js';
import type { IpmiConfig, IpmiParts } from './config.js';
import { ipmitool } from './ipmitool.js';
import { ipmiPower, type IpmiPower } from './power.js';
import { ipmiReadings, type IpmiReadings } from './readings.js';
import { ipmiConsole, type IpmiConsole } from './sol.js';

/** One machine's BMC over IPMI 2.0. Calls on it wait for each other; calls on several of them do not. */
export interface IpmiBmc extends IpmiReadings {
  readonly power: IpmiPower;
  readonly bootDevice: IpmiBootDevice;
  /** Serial over LAN; whoever takes it disposes of it. */
  readonly console: IpmiConsole;
  /** What anybody could come in by, once each: any password, cipher suite 0. */
  audit(signal: AbortSignalLike): Promise<readonly Fault[]>;
}

export function ipmiBmc(config: IpmiConfig, parts: IpmiParts): IpmiBmc {
  const turns = openTurns();
  const bmc = { config, parts, tool: ipmitool(config, parts, turns) };
  return {
    power: ipmiPower(bmc),
    bootDevice: ipmiBootDevice(bmc),
    console: ipmiConsole({ bmc, turns }),
    audit: (signal) => auditIpmi(config, parts, signal),
    ...ipmiReadings(bmc),
  };
}
