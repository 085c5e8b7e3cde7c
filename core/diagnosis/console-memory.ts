import type { Stage } from '../evidence.js';

/** What earlier lines of the same console have told, as far as later ones need it to be understood. */
export interface ConsoleMemory {
  /** The latest stage that this console has shown since the firmware started. */
  readonly stage: Stage;
  /** Whose iPXE is talking: the NIC's ROM, or the one that it loaded. Both print the same banner. */
  readonly ipxe: 'rom' | 'loaded';
  readonly hasAddress: boolean;
  readonly bootFile: string;
  readonly target: string;
  /** The first of a mesh node's two GRUBs has read its configuration: the next banner is the second's. */
  readonly hasFirstGrub: boolean;
  /** Number of the slot that it chose; '' before that. */
  readonly slot: string;
  readonly hasEnded: boolean;
}

/** DHCP gave the loaded iPXE a script: this is a mesh node, and what it boots is no LUN. */
export function isScripted({ bootFile }: ConsoleMemory): boolean {
  return bootFile.endsWith('.ipxe');
}

export const NEW_CONSOLE: ConsoleMemory = {
  stage: 'off',
  ipxe: 'rom',
  hasAddress: false,
  bootFile: '',
  target: '',
  hasFirstGrub: false,
  slot: '',
  hasEnded: false,
};
