import type { Stage } from '../evidence.js';
import type { BootFault } from '../faults/boot.js';
import type { NodeId } from '../ids.js';

/**
 * The likeliest cause when a boot ends in `stage` and no observer has named one: the firmware gave up ("No bootable
 * device"), or nothing further was seen until the stage's deadline.
 */
export function causeOfDeadEnd(node: NodeId, stage: Stage, text: string): BootFault {
  return DEAD_ENDS[stage]?.(node, stage) ?? { code: 'BOOT-008', kind: 'firmware.gaveUp', stage, text };
}

export function causeOfSilence(node: NodeId, stage: Stage, waited_ms: number): BootFault {
  return SILENCES[stage]?.(node, stage) ?? { code: 'BOOT-001', kind: 'stage.late', stage, waited_ms };
}

type Cause = (node: NodeId, stage: Stage) => BootFault;

const unanswered: Cause = (_, stage) => ({ code: 'BOOT-002', kind: 'dhcp.unanswered', stage });
const noBootLoader: Cause = (node) => ({ code: 'BOOT-005', kind: 'lun.noBootLoader', target: `the LUN of ${node}` });
const unreachable: Cause = (node) => ({ code: 'BOOT-009', kind: 'lun.unreachable', target: `the LUN of ${node}` });

const noBootCode: Cause = (node) => ({ code: 'BOOT-011', kind: 'disk.noBootCode', disk: `the disk of ${node}` });
const emptySlot: Cause = (node) => ({ code: 'BOOT-012', kind: 'slot.noBootLoader', slot: `the slot of ${node}` });

const DEAD_ENDS: Partial<Record<Stage, Cause>> = {
  'pxe.dhcp': unanswered,
  'ipxe.dhcp': unanswered,
  'iscsi.login': unreachable,
  'iscsi.boot': noBootLoader,
  'bootloader.mbr': emptySlot,
};

// A first sector without boot code spins without a word (measured), so silence after the hand-over means that.
const SILENCES: Partial<Record<Stage, Cause>> = {
  'iscsi.boot': noBootLoader,
  'ipxe.script': noBootCode,
  'bootloader.mbr': emptySlot,
};
