import type { MachineId } from '../ids.js';
import type { Command } from './step.js';

/** What one machine has to tell another: `tell` and `tellAll` are what the engine carries out itself. */
export interface Tell {
  readonly from: MachineId;
  readonly to: MachineId;
  readonly event: { readonly type: string; readonly at: number };
}

/** The messages in a command, else null. The machines' own types vouch for the shape of the parameters. */
export function tellsOf(from: MachineId, command: Command): readonly Tell[] | null {
  if (command.kind !== 'act') return null;
  if (command.action === 'tell') {
    const { to, event } = command.params as Omit<Tell, 'from'>;
    return [{ from, to, event }];
  }
  if (command.action !== 'tellAll') return null;
  const { tells } = command.params as { readonly tells: readonly Omit<Tell, 'from'>[] };
  return tells.map(({ to, event }) => ({ from, to, event }));
}
