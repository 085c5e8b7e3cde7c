import { createHash } from 'node:crypto';
import { sfdiskScript, slotPartition, type DiskLayout } from '../../../../core/disk/layout.js';
import type { NodeId } from '../../../../core/ids.js';
import { assert, unreachable } from '../../../../core/unreachable.js';

/** How an image's stream is packed. */
export type Packing = 'gzip' | 'zstd' | 'none';

/** One thing to be done to the disk, its slots counted from 1. All but `default` throw away what the slot held. */
export type DeployStep =
  | {
      readonly kind: 'write';
      readonly slot: number;
      /** What the slot says that it holds; letters, digits, dots, dashes, and PROJECT/ before it. */
      readonly image: string;
      /** Of the packed stream. */
      readonly size_bytes: number;
      /** Of the packed stream, lower-case hex. */
      readonly sha256: string;
      readonly packing: Packing;
      /** Who fails in a multicast fetches the image by HTTP. */
      readonly by: 'http' | 'multicast';
    }
  /** An empty filesystem with a boot loader of its own. */
  | { readonly kind: 'format'; readonly slot: number }
  /** Everything zero, and read back. */
  | { readonly kind: 'wipe'; readonly slot: number }
  /** What the first GRUB starts from now on. The slot must hold an image. */
  | { readonly kind: 'default'; readonly slot: number };

export type WriteStep = Extract<DeployStep, { kind: 'write' }>;

/** What a node is told to do with its disk; the table and the first GRUB are made where they are not as they should. */
export interface DeployPlan {
  readonly layout: DiskLayout;
  /** Done in this order; after the first failure nothing more is. */
  readonly steps: readonly DeployStep[];
  /** What the node does at the end, also after a failure; `wait`: it asks for further steps, until its power goes. */
  readonly end: 'reboot' | 'poweroff' | 'wait';
}

const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,62})?$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The plan as the deploy ramdisk reads it: a word and its arguments on each line. It knows slots by the numbers of
 * their partitions.
 */
export function planText(node: NodeId, { layout, steps, end }: DeployPlan): string {
  const slots = layout.partitions.flatMap(({ slot, number }) => (slot === null ? [] : [number]));
  const lines = [
    'metalrig-plan 1',
    `node ${node}`,
    `layout ${tableId(layout)}`,
    `slots ${slots.join(' ')}`,
    `end ${end}`,
  ];
  return lines.map((line) => `${line}\n`).join('') + stepsText(layout, steps);
}

/** Steps as a plan has them, a line each. */
export function stepsText(layout: DiskLayout, steps: readonly DeployStep[]): string {
  return steps.map((step) => `${stepLine(step, slotPartition(layout, step.slot).number)}\n`).join('');
}

/** 16 hex digits: the same for the same table, and for no other. */
function tableId(layout: DiskLayout): string {
  return createHash('sha256').update(sfdiskScript(layout)).digest('hex').slice(0, 16);
}

function stepLine(step: DeployStep, partition: number): string {
  switch (step.kind) {
    case 'write': {
      // A shell reads it in the ramdisk: whoever makes a plan has checked the names, and we do not believe it.
      assert(IMAGE_NAME.test(step.image) && SHA256.test(step.sha256), 'an image has a plain name and a SHA-256');
      return `write ${partition} ${step.image} ${step.size_bytes} ${step.sha256} ${step.packing} ${step.by}`;
    }
    case 'format':
    case 'wipe':
    case 'default':
      return `${step.kind} ${partition}`;
    default:
      return unreachable(step);
  }
}
