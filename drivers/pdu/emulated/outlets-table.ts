import type { PowerState } from '../../../core/ports/power.js';
import { indexOf, type PduModel } from '../models/model.js';

/** A column of a table as the agent serves it. */
export interface OutletColumn {
  /** Its number behind the entry's object identifier. */
  readonly number: number;
  readonly holds: 'index' | 'state' | 'command' | 'both';
}

/** One of the model's tables: where it hangs, and its columns in order, those of the index first. */
export interface OutletTable {
  readonly name: string;
  readonly entry: string;
  readonly columns: readonly OutletColumn[];
}

/** The tables of a model: one where the same object is read and written, else one each for state and command. */
export function tablesOf({ state, command, before }: PduModel): readonly OutletTable[] {
  const index = indexColumns(before.length);
  const state_ = split(state.column);
  const command_ = split(command.column);
  const read = { number: state_.number, holds: 'state' } as const;
  const written = { number: command_.number, holds: 'command' } as const;
  if (state.column === command.column) {
    return [{ name: 'outlets', entry: state_.entry, columns: [...index, { ...read, holds: 'both' }] }];
  }
  if (state_.entry === command_.entry) {
    return [{ name: 'outlets', entry: state_.entry, columns: [...index, read, written] }];
  }
  return [
    { name: 'states', entry: state_.entry, columns: [...index, read] },
    { name: 'commands', entry: command_.entry, columns: [...index, written] },
  ];
}

/** A row's index: the outlet's number, with what stands before it. */
export function rowOf({ before }: PduModel, outlet: number): readonly number[] {
  return [...before, outlet];
}

/** Which of an emulated PDU's outlets a site means: its number where it is in the first unit and bank; else null. */
export function numberOf(model: PduModel, outlet: string): number | null {
  const index = indexOf(model, outlet);
  const number = Number(outlet.slice(outlet.lastIndexOf('.') + 1));
  return index === rowOf(model, number).join('.') ? number : null;
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

/** Beyond any column of these MIBs: where an index has units and banks, it is made of other tables' columns. */
const BORROWED = 1001;

function indexColumns(parts: number): readonly OutletColumn[] {
  if (parts === 0) return [{ number: 1, holds: 'index' }];
  return Array.from({ length: parts + 1 }, (_, at) => ({ number: BORROWED + at, holds: 'index' }));
}
