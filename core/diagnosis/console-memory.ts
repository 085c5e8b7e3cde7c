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
  readonly hasEnded: boolean;
}

export const NEW_CONSOLE: ConsoleMemory = {
  stage: 'off',
  ipxe: 'rom',
  hasAddress: false,
  bootFile: '',
  target: '',
  hasEnded: false,
};
