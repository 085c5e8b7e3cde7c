import type { PduModel } from './model.js';

/** What a site says of a PDU that no model here knows: object identifiers without the outlet's index, and values. */
export interface GenericOids {
  readonly state: string;
  /** Where it is written; where it is read, unless told. */
  readonly command?: string;
  readonly on: number;
  readonly off: number;
  /** What is written, unless it is what is read. */
  readonly commandOn?: number;
  readonly commandOff?: number;
}

/** A PDU by its object identifiers. What answers is not asked what it is. */
export function genericModel(oids: GenericOids): PduModel {
  const { state, on, off } = oids;
  return {
    name: 'generic',
    systems: [],
    before: [],
    state: { column: state, on, off, between: [] },
    command: { column: oids.command ?? state, on: oids.commandOn ?? on, off: oids.commandOff ?? off },
  };
}
