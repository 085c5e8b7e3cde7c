import { bmcFaults, type BmcFault } from './bmc.js';
import { bootFaults, type BootFault } from './boot.js';
import { busFaults, type BusFault } from './bus.js';
import { calendarFaults, type CalendarFault } from './calendar.js';
import { chassisFaults, type ChassisFault } from './chassis.js';
import { cliFaults, type CliFault } from './cli.js';
import { configFaults, type ConfigFault } from './config.js';
import { consoleFaults, type ConsoleFault } from './console.js';
import { deployFaults, type DeployFault } from './deploy.js';
import { effectFaults, type EffectFault } from './effect.js';
import { emulatedBmcFaults, type EmulatedBmcFault } from './emulated-bmc.js';
import { handsFaults, type HandsFault } from './hands.js';
import { hostFaults, type HostFault } from './host.js';
import { imageFaults, type ImageFault } from './image.js';
import { ipmiFaults, type IpmiFault } from './ipmi.js';
import { journalFaults, type JournalFault } from './journal.js';
import { lunFaults, type LunFault } from './lun.js';
import { manualFaults, type ManualFault } from './manual.js';
import { multicastFaults, type MulticastFault } from './multicast.js';
import { payloadFaults, type PayloadFault } from './payload.js';
import { pduFaults, type PduFault } from './pdu.js';
import { qemuFaults, type QemuFault } from './qemu.js';
import { redfishFaults, type RedfishFault } from './redfish.js';
import { rackFaults, type RackFault } from './rack.js';
import { reservationFaults, type ReservationFault } from './reservation.js';
import { runFaults, type RunFault } from './run.js';
import { secretFaults, type SecretFault } from './secrets.js';
import { wakeOnLanFaults, type WakeOnLanFault } from './wake-on-lan.js';
import { wireFaults, type WireFault } from './wire.js';
import type { AnyFault } from './table.js';

/** Everything that is expected to go wrong: plain data with a stable code, so that it survives JSON and replay. */
export type Fault =
  | BmcFault
  | BootFault
  | BusFault
  | CalendarFault
  | ChassisFault
  | CliFault
  | ConfigFault
  | ConsoleFault
  | DeployFault
  | EffectFault
  | EmulatedBmcFault
  | HandsFault
  | HostFault
  | ImageFault
  | IpmiFault
  | JournalFault
  | LunFault
  | ManualFault
  | MulticastFault
  | PayloadFault
  | PduFault
  | QemuFault
  | RedfishFault
  | RackFault
  | ReservationFault
  | RunFault
  | SecretFault
  | WakeOnLanFault
  | WireFault;
export type FaultCode = Fault['code'];

interface Row {
  readonly says: (fault: never) => string;
  readonly remedy: (fault: never) => string;
}

/** One row a code, all areas together. */
export const faultRows: Readonly<Record<FaultCode, Row>> = {
  ...bmcFaults,
  ...bootFaults,
  ...busFaults,
  ...calendarFaults,
  ...chassisFaults,
  ...cliFaults,
  ...configFaults,
  ...consoleFaults,
  ...deployFaults,
  ...effectFaults,
  ...emulatedBmcFaults,
  ...handsFaults,
  ...hostFaults,
  ...imageFaults,
  ...ipmiFaults,
  ...journalFaults,
  ...lunFaults,
  ...manualFaults,
  ...multicastFaults,
  ...payloadFaults,
  ...pduFaults,
  ...qemuFaults,
  ...redfishFaults,
  ...rackFaults,
  ...reservationFaults,
  ...runFaults,
  ...secretFaults,
  ...wakeOnLanFaults,
  ...wireFaults,
};

/** One line for a person: what happened. */
export function says(fault: Fault): string {
  return faultRows[fault.code].says(fault as never);
}

/** One line for a person: what to do about it. */
export function remedy(fault: Fault): string {
  return faultRows[fault.code].remedy(fault as never);
}

/** Carries a Fault through code that throws. `cause` is for people; only the data reaches a journal. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, cause?: unknown) {
    super(`${fault.code} ${says(fault)}`, cause === undefined ? undefined : { cause });
    this.name = 'FaultError';
    this.fault = fault;
  }
}

/** The Fault in a thrown value, else null: then it is a bug. */
export function faultOf(thrown: unknown): Fault | null {
  return thrown instanceof FaultError ? thrown.fault : null;
}

export type { AnyFault };
