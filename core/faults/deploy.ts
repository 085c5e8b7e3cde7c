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
  | { readonly code: 'DPL-004'; readonly kind: 'slot.none'; readonly node: string; readonly image: string }
  /** `what` is the ramdisk's own word, `text` what a tool said to it. */
  | {
      readonly code: 'DPL-005';
      readonly kind: 'ramdisk.failed';
      readonly node: string;
      readonly what: string;
      readonly text: string;
    }
  | { readonly code: 'DPL-006'; readonly kind: 'ramdisk.absent'; readonly node: string }
  | { readonly code: 'DPL-007'; readonly kind: 'slot.empty'; readonly node: string; readonly slot: number }
  | { readonly code: 'DPL-008'; readonly kind: 'node.strayed'; readonly node: string };

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
  'DPL-005': {
    says: (fault) => `the deploy ramdisk of ${fault.node} failed at ${fault.what}: ${fault.text}`,
    remedy: (fault) =>
      `Look at the console of ${fault.node}, then boot it into its ramdisk again: it begins from what its disk holds.`,
  },
  'DPL-006': {
    says: (fault) => `${fault.node} has no deploy ramdisk that takes work`,
    remedy: (fault) => `Set its boot script to deploy and power-cycle ${fault.node}, then ask again.`,
  },
  'DPL-007': {
    says: (fault) => `slot ${fault.slot} of ${fault.node} holds no whole image`,
    remedy: (fault) => `Write an image into slot ${fault.slot} of ${fault.node} before it becomes the default.`,
  },
  'DPL-008': {
    says: (fault) => `${fault.node} came up from its disk or LUN instead of in its deploy ramdisk`,
    remedy: (fault) =>
      `See where the network boot of ${fault.node} ended: DHCP, boot file or script failed. Then ask again.`,
  },
};
