import type { Stage } from '../evidence.js';
import type { FaultTable } from './table.js';

/** DPL: an image did not get from the shelf to its nodes, or not off them again. */
export type DeployFault =
  | {
      readonly code: 'DPL-001';
      readonly kind: 'image.bad';
      readonly image: string;
      readonly from: 'lun' | 'slot';
      readonly stage: Stage;
      /** The kind of the fault by which its boot stopped. */
      readonly cause: string;
    }
  | { readonly code: 'DPL-002'; readonly kind: 'node.neverCame'; readonly node: string; readonly waited_ms: number }
  | {
      readonly code: 'DPL-003';
      readonly kind: 'wipe.unproven';
      readonly node: string;
      readonly image: string;
      readonly unread_bytes: number;
      readonly isZero: boolean;
    }
  | { readonly code: 'DPL-004'; readonly kind: 'slot.none'; readonly node: string; readonly image: string };

export const deployFaults: FaultTable<DeployFault> = {
  'DPL-001': {
    says: (fault) =>
      `${fault.image} is refused: its boot from a ${fault.from} stopped at ${fault.stage} by ${fault.cause}`,
    remedy: (fault) => `Mend what ${fault.cause} says of ${fault.image}, and hand it in again.`,
  },
  'DPL-002': {
    says: (fault) => `${fault.node} did not come within ${fault.waited_ms} ms`,
    remedy: (fault) =>
      `Look at the console and the power of ${fault.node}; ask for the deployment again, or go on without it.`,
  },
  'DPL-003': {
    says: (fault) =>
      `${fault.image} is not proven wiped off ${fault.node}: ` +
      `${fault.unread_bytes} bytes unread, the others ${fault.isZero ? '' : 'not '}zero`,
    remedy: (fault) => `Take ${fault.image} off again; give ${fault.node} to nobody before that has passed.`,
  },
  'DPL-004': {
    says: (fault) => `no slot of ${fault.node} is free for ${fault.image}, and none may be cleared`,
    remedy: (fault) => `Take an image off ${fault.node}, or name the slot that ${fault.image} may have.`,
  },
};
