import type { LogicalUnit } from './logical-unit.js';
import type { Sense } from './sense.js';

/** SAM-5, section 5.3.1. */
export const STATUS = {
  good: 0x00,
  checkCondition: 0x02,
  conditionMet: 0x04,
  busy: 0x08,
  reservationConflict: 0x18,
  taskSetFull: 0x28,
} as const;

/** Who asks: an initiator port logged in to a target port (SAM-5, section 4.7.2). */
export interface Nexus {
  /** `iqn...,i,0x80123d000001`: names the initiator port, and is the same in its next session. */
  readonly name: string;
}

export interface ScsiCommand {
  /** Always 16 bytes; a shorter command is followed by zeros. */
  readonly cdb: Buffer;
  readonly nexus: Nexus;
  /** Expected Data Transfer Length, as far as it is for data to the target. */
  readonly expected_bytes: number;
  /** Numbers of all units of the target, in order: what REPORT LUNS lists. */
  readonly luns: readonly number[];
}

/** A command is over. */
export interface StatusAnswer {
  readonly kind: 'status';
  readonly status: number;
  readonly sense: Sense | null;
}

/** How a command goes on. What moves data is only described here: the transport moves it. */
export type Answer =
  | StatusAnswer
  /** Parameter data for the initiator, cut to its allocation length already. */
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** Blocks for the initiator. */
  | { readonly kind: 'read'; readonly offset: number; readonly length: number }
  /** Blocks from the initiator, stored as they come. */
  | { readonly kind: 'write'; readonly offset: number; readonly length: number; readonly finish: () => Answer }
  /** Bytes from the initiator, looked at once they are all here. */
  | { readonly kind: 'gather'; readonly length: number; readonly finish: (data: Buffer) => Answer };

/** Looks at a command and says how it goes on. Throws FaultError where the medium fails. */
export type Handler = (command: ScsiCommand, unit: LogicalUnit) => Answer;

export const GOOD: StatusAnswer = { kind: 'status', status: STATUS.good, sense: null };
export const CONFLICT: StatusAnswer = { kind: 'status', status: STATUS.reservationConflict, sense: null };

export function check(sense: Sense): StatusAnswer {
  return { kind: 'status', status: STATUS.checkCondition, sense };
}

/** Parameter data, as much of it as the initiator has room for. */
export function parameters(bytes: Buffer, allocation_bytes: number): Answer {
  return { kind: 'data', bytes: bytes.length > allocation_bytes ? bytes.subarray(0, allocation_bytes) : bytes };
}
