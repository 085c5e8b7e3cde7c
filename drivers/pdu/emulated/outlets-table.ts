import type { PowerState } from '../../../core/ports/power.js';
import type { PduModel } from '../models/model.js';

/** A column of a table as the agent serves it. */
export interface OutletColumn {
  /** Its number behind the entry's object identifier. */
  readonly number: number;
  readonly holds: 'index' | 'state' | 'command' | 'both';
}

/** One of the model's tables: where it hangs, and its columns in order. */
export interface OutletTable {
  readonly name: string;
  readonly entry: string;
  readonly columns: readonly OutletColumn[];
}

/** The tables of a model: one where the same object is read and written, else one each for state and command. */
export function tablesOf({ state, command }: PduModel): readonly OutletTable[] {
  const state_ = split(state.column);
  const command_ = split(command.column);
  if (state.column === command.column) return [table('outlets', state_.entry, [column(state_.number, 'both')])];
  if (state_.entry === command_.entry) {
    return [table('outlets', state_.entry, [column(state_.number, 'state'), column(command_.number, 'command')])];
  }
  return [
    table('states', state_.entry, [column(state_.number, 'state')]),
    table('commands', command_.entry, [column(command_.number, 'command')]),
  ];
}

/** What a cell holds of an outlet in this state. A command's cell tells the state too, in the command's numbers. */
export function cellOf(model: PduModel, { holds }: OutletColumn, state: PowerState): number {
  return holds === 'command' ? model.command[state] : model.state[state];
}

/** The reboot of APC and ServerTech, which every model here that has one counts as 3. */
export const REBOOT = 3;

/** What is asked for by a number written to the command's object; null: nothing that it knows. */
export function orderOf({ command }: PduModel, value: unknown): PowerState | 'reboot' | null {
  if (value === command.on) return 'on';
  if (value === command.off) return 'off';
  return value === REBOOT && command.on !== REBOOT && command.off !== REBOOT ? 'reboot' : null;
}

function split(oid: string): { readonly entry: string; readonly number: number } {
  const cut = oid.lastIndexOf('.');
  return { entry: oid.slice(0, cut), number: Number(oid.slice(cut + 1)) };
}

function column(number: number, holds: OutletColumn['holds']): OutletColumn {
  return { number, holds };
}

/** Every entry of these MIBs begins with its index. */
function table(name: string, entry: string, columns: readonly OutletColumn[]): OutletTable {
  return { name, entry, columns: [column(1, 'index'), ...columns] };
}
