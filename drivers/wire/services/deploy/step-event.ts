import { SECTOR_BYTES, slotPartition, type DiskLayout } from '../../../../core/disk/layout.js';
import { unreachable } from '../../../../core/unreachable.js';
import type { DeployEvent } from './events.js';
import type { DeployStep } from './plan.js';
import type { DeployReport } from './report.js';

export type StepReport = Extract<DeployReport, { readonly step: number }>;
export type WipeReport = Extract<StepReport, { readonly kind: 'wiped' }>;
type Told<E> = E extends DeployEvent ? Omit<E, 'node'> : never;
export type StepEvent = Told<Extract<DeployEvent, { readonly kind: Exclude<StepReport['kind'], 'wiped'> }>>;

/** What a report tells of its step; null when it cannot be about that one. */
export function stepEvent(report: Exclude<StepReport, WipeReport>, step: DeployStep): StepEvent | null {
  const { slot } = step;
  switch (report.kind) {
    case 'progress': {
      if (step.kind !== 'write' || report.done_bytes > step.size_bytes) return null;
      return { ...report, slot, of_bytes: step.size_bytes };
    }
    case 'written': {
      if (step.kind !== 'write' || report.sha256 !== step.sha256) return null;
      return { ...report, slot, image: step.image };
    }
    case 'bootable':
      return step.kind === 'write' || step.kind === 'format' ? { ...report, slot } : null;
    case 'unbootable':
      return step.kind === 'write' ? { ...report, slot } : null;
    case 'defaulted':
      return step.kind === 'default' ? { ...report, slot } : null;
    default:
      return unreachable(report);
  }
}

/** Whether all of the slot was read back. */
export function isWholeWipe({ readBack }: WipeReport, step: DeployStep, layout: DiskLayout): boolean {
  return step.kind === 'wipe' && readBack.read_bytes === slotPartition(layout, step.slot).size_sectors * SECTOR_BYTES;
}
