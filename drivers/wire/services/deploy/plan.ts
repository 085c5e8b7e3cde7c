import type { NodeId } from '../../../../core/ids.js';
import { assert, unreachable } from '../../../../core/unreachable.js';
import { FIRST_SLOT, LAST_SLOT, type DiskLayout } from './layout.js';

/** How an image's stream is packed. */
export type Packing = 'gzip' | 'zstd' | 'none';

/** One thing to be done to the disk. All but `default` throw away what the slot held. */
export type DeployStep =
  | {
      readonly kind: 'write';
      readonly slot: number;
      /** What it is asked for by; letters, digits, dots, dashes. */
      readonly image: string;
      /** Of the packed stream. */
      readonly size_bytes: number;
      /** Of the packed stream, lower-case hex. */
      readonly sha256: string;
      readonly packing: Packing;
    }
  /** An empty filesystem with a boot loader of its own. */
  | { readonly kind: 'format'; readonly slot: number }
  /** Everything zero, and read back. */
  | { readonly kind: 'wipe'; readonly slot: number }
  /** What the first GRUB starts from now on. The slot must hold an image. */
  | { readonly kind: 'default'; readonly slot: number };

/** What a node is told to do with its disk; the table and the first GRUB are made where they are not as they should. */
export interface DeployPlan {
  readonly layout: DiskLayout;
  /** Done in this order; after the first failure nothing more is. */
  readonly steps: readonly DeployStep[];
  /** What the node does at the end, also after a failure. */
  readonly end: 'reboot' | 'poweroff';
}

const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** The plan as the deploy ramdisk reads it: a word and its arguments on each line. */
export function planText(node: NodeId, { layout, steps, end }: DeployPlan): string {
  const lines = ['metalrig-plan 1', `node ${node}`, `layout ${layout.id}`, ...steps.map(stepLine), `end ${end}`];
  return lines.map((line) => `${line}\n`).join('');
}

function stepLine(step: DeployStep): string {
  assert(Number.isInteger(step.slot) && step.slot >= FIRST_SLOT && step.slot <= LAST_SLOT, 'a slot is 5 to 25');
  switch (step.kind) {
    case 'write': {
      // A shell reads it in the ramdisk: whoever makes a plan has checked the names, and we do not believe it.
      assert(IMAGE_NAME.test(step.image) && SHA256.test(step.sha256), 'an image has a plain name and a SHA-256');
      return `write ${step.slot} ${step.image} ${step.size_bytes} ${step.sha256} ${step.packing}`;
    }
    case 'format':
    case 'wipe':
    case 'default':
      return `${step.kind} ${step.slot}`;
    default:
      return unreachable(step);
  }
}
