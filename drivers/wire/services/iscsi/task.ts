import type { Answer } from './scsi/command.js';
import type { LogicalUnit } from './scsi/logical-unit.js';
import type { Sense } from './scsi/sense.js';

/** A command that has been taken and not been answered: what Data-Out PDUs for its tag are measured against. */
export interface Task {
  readonly tag: number;
  /** The LUN field as the initiator wrote it. */
  readonly lun: Buffer;
  readonly unit: LogicalUnit | null;
  /** Expected Data Transfer Length. */
  readonly expected_bytes: number;
  readonly isRead: boolean;
  readonly isWrite: boolean;
  /** How it goes on once the data are here. */
  readonly answer: Answer;
  /** What is wanted of the initiator: never more than it announced. */
  readonly wanted_bytes: number;
  readonly gathered: Buffer | null;
  received_bytes: number;
  /** Where the burst that is under way ends; unsolicited data are a burst too. */
  burstEnd: number;
  /** Target transfer tag of that burst. */
  transferTag: number;
  dataNumber: number;
  readyNumber: number;
  /** What is wrong with the data so far: told when the burst is over. */
  failure: Sense | null;
}
