import type { Handler } from './command.js';
import type { Access } from './reservations.js';

/** One command that units know. */
export interface Operation {
  readonly opcode: number;
  /** For operation codes that stand for several commands. */
  readonly action?: number;
  readonly access: Access;
  /** CDB usage data in hexadecimal: which bits are looked at (SPC-4, section 6.35.3); as long as the command. */
  readonly usage: string;
  readonly handler: Handler;
  /** Needs the medium: refused while the unit is stopped. */
  readonly isMedium?: boolean;
  /** Known only where the store is thin. */
  readonly isOnlyThin?: boolean;
}
