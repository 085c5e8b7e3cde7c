import type { PduModelName } from '../../../core/power/pdu-models.js';

/** How a family of PDUs is spoken to. Numbers are those of its MIB; an outlet's index is put behind each column. */
export interface PduModel {
  readonly name: PduModelName;
  /** What its sysObjectID begins with; none: whatever answers will do. */
  readonly systems: readonly string[];
  /** What stands before an outlet's own number in its index, where the site gives that number alone. */
  readonly before: readonly number[];
  readonly state: {
    readonly column: string;
    readonly on: number;
    readonly off: number;
    /** Values on the way from one to the other. Any that is not named here is trouble. */
    readonly between: readonly number[];
  };
  readonly command: { readonly column: string; readonly on: number; readonly off: number };
}

/** `3`, or `2.1.3` where outlets stand in units and banks; null where it names no outlet of such a model. */
export function indexOf(model: PduModel, outlet: string): string | null {
  if (!/^\d{1,5}(\.\d{1,5})*$/.test(outlet)) return null;
  const parts = outlet.split('.').map(Number);
  if (parts.length === 1) return [...model.before, ...parts].join('.');
  return model.systems.length === 0 || parts.length === model.before.length + 1 ? parts.join('.') : null;
}
