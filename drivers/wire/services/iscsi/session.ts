import type { CommandWindow } from './command-window.js';
import type { SessionParameters } from './negotiation.js';
import type { Nexus } from './scsi/command.js';
import type { LogicalUnit } from './scsi/logical-unit.js';
import type { Task } from './task.js';
import type { Target } from './target.js';

/** Why we end a session; an initiator that has logged in anew is not told. */
export type SessionEnd = 'reinstated' | 'target ends it';

/** One initiator's session: its nexus with the target, its window and its tasks. It has one connection. */
export class Session implements Nexus {
  readonly name: string;
  readonly initiatorName: string;
  /** Null for a discovery session. */
  readonly target: Target | null;
  readonly handle: number;
  readonly parameters: SessionParameters;
  readonly window: CommandWindow;
  /** By initiator task tag: what still waits for data of the initiator. */
  readonly tasks = new Map<number, Task>();
  readonly #close: (why: SessionEnd) => void;

  constructor(options: {
    readonly initiatorName: string;
    readonly isid: string;
    readonly target: Target | null;
    readonly handle: number;
    readonly parameters: SessionParameters;
    readonly window: CommandWindow;
    /** Tears the session's connection down. */
    readonly close: (why: SessionEnd) => void;
  }) {
    // The name of a SCSI initiator port (RFC 7143, section 4.4.2).
    this.name = `${options.initiatorName},i,0x${options.isid}`;
    this.initiatorName = options.initiatorName;
    this.target = options.target;
    this.handle = options.handle;
    this.parameters = options.parameters;
    this.window = options.window;
    this.#close = options.close;
  }

  /** Ends the session with its connection. */
  close(why: SessionEnd): void {
    this.#close(why);
  }

  /** Drops what waits at `unit`, or everywhere. @returns how many tasks that were */
  abortTasks(unit: LogicalUnit | null): number {
    let aborted = 0;
    for (const [tag, task] of this.tasks) {
      if (unit !== null && task.unit !== unit) continue;
      this.tasks.delete(tag);
      aborted++;
    }
    return aborted;
  }
}
