import type { Clock } from '../../core/clock.js';
import type { Chassis, Drive } from '../../core/ports/machine-room.js';
import type { SensorReading } from '../../core/ports/sensors.js';
import type { RedfishLies } from './lies.js';
import type { EventLog } from './event-log.js';
import type { Latest } from './latest.js';
import type { PowerView } from './power-view.js';
import type { Sessions } from './sessions.js';
import type { Tasks } from './tasks.js';

/** The machine that a service manages, and what it says of it. */
export interface ServedMachine {
  /** What it is called: its node's name. */
  readonly name: string;
  /** Five groups of hexadecimal digits in lower case: what the firmware's SMBIOS says too. */
  readonly uuid: string;
  readonly chassis: Chassis;
  /** Of its NICs, as `52:54:00:00:00:01`. */
  readonly macs: readonly string[];
  readonly memory_bytes: number;
  readonly processors: number;
  /** What its firmware can start as; a client cannot set another. */
  readonly modes: readonly BootMode[];
  readonly sensors: () => readonly SensorReading[];
  /** Which drives take virtual media, and how the file behind a URL is come by. None: no virtual media. */
  readonly media: {
    readonly drives: readonly Drive[];
    readonly fileOf: (url: string, signal: AbortSignal) => Promise<string>;
  } | null;
}

export type BootMode = 'legacy' | 'uefi';

/** What all resources of one service share. */
export interface Parts {
  readonly machine: ServedMachine;
  readonly clock: Clock;
  /** The date and time of this moment, as RFC 3339 has it. */
  readonly wall: () => string;
  readonly lies: () => RedfishLies;
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly log: EventLog;
  readonly power: PowerView;
  /** Restarts that wait for the guest: a newer one takes the place of an older. */
  readonly restarts: Latest;
  /** Whether what takes time is answered with 202 and a task, as some BMCs do. */
  readonly byTasks: boolean;
  /** Whether these are the credentials of the account. */
  readonly isAccount: (user: string, password: string) => Promise<boolean>;
  /** Aborted when the service is closed. */
  readonly closing: AbortSignal;
}

/** Under which Id the machine, its chassis and its manager are found: a BMC has one of each. */
export const THE_ONE = '1';
