import type { Stage } from '../evidence.js';
import type { Fault } from '../faults/fault.js';
import type { ConsoleMemory } from './console-memory.js';

/** What a row makes of a line. */
export interface Finding {
  readonly reached?: Stage;
  readonly trouble?: Fault;
  readonly ended?: Fault | null;
  readonly remember?: Partial<ConsoleMemory>;
}

export interface ConsoleRow {
  readonly pattern: RegExp;
  /** Also looked for in a line that has not ended yet: its printer waits, or hangs, before the line's end. */
  readonly isSeenEarly?: true;
  readonly why: string;
  readonly read: (match: RegExpExecArray, memory: ConsoleMemory) => Finding | null;
}

/** Firmware or boot loader stopped, and said so in words of its own. */
export function gaveUpIn(stage: Stage, text: string): Fault {
  return { code: 'BOOT-008', kind: 'firmware.gaveUp', stage, text };
}
