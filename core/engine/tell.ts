import type { MachineId } from '../ids.js';
import type { Command } from './step.js';

/** What one machine has to tell another: `tell` is the one action that the engine carries out itself. */
export interface Tell {
  readonly from: MachineId;
  readonly to: MachineId;
  readonly event: { readonly type: string; readonly at: number };
}

/** The message in a command, else null. The machines' own types vouch for the shape of the parameters. */
export function tellOf(from: MachineId, command: Command): Tell | null {
  if (command.kind !== 'act' || command.action !== 'tell') return null;
  const { to, event } = command.params as Omit<Tell, 'from'>;
  return { from, to, event };
}
