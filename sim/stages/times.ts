import type { RestStage, Stage } from '../../core/evidence.js';
import type { Random } from '../../core/random.js';

/** Stages that a simulated boot spends time in: all but the rest stages. */
export type TimedStage = Exclude<Stage, RestStage>;

/** A stage, or where it takes another time on the way into the deploy ramdisk, that. */
export type Leg = TimedStage | 'ipxe.script of ramdisk' | 'kernel of ramdisk';

/** How long the stages of one node's boot take, in ms. Asked once a stage and boot. */
export type StageTimes = (node: number, leg: Leg, random: Random) => number;

interface Spread {
  readonly least_ms: number;
  readonly typical_ms: number;
  readonly most_ms: number;
}

/**
 * Triangular spreads around what the emulated chain was measured to take on two slow cores without KVM: power-on to
 * ready in 7.3 to 9.0 s, DHCP 0.2 to 0.3 s, GRUB's reading 2.4 s, kernel to initramfs 3.5 s. `most` is a machine that
 * is busy with three more boots. From the local disk: 8.0 s to ready; over HTTP into the deploy ramdisk: 3.2 s.
 */
const SPREADS: Readonly<Record<Leg, Spread>> = {
  firmware: { least_ms: 150, typical_ms: 250, most_ms: 1_500 },
  'pxe.dhcp': { least_ms: 40, typical_ms: 60, most_ms: 1_000 },
  'pxe.tftp': { least_ms: 150, typical_ms: 250, most_ms: 2_000 },
  'ipxe.dhcp': { least_ms: 60, typical_ms: 100, most_ms: 1_000 },
  'iscsi.login': { least_ms: 30, typical_ms: 50, most_ms: 500 },
  'iscsi.boot': { least_ms: 200, typical_ms: 400, most_ms: 2_000 },
  bootloader: { least_ms: 1_200, typical_ms: 2_400, most_ms: 9_000 },
  'ipxe.script': { least_ms: 100, typical_ms: 250, most_ms: 1_500 },
  'bootloader.mbr': { least_ms: 400, typical_ms: 900, most_ms: 4_000 },
  'bootloader.slot': { least_ms: 1_200, typical_ms: 2_400, most_ms: 9_000 },
  // Kernel and initramfs come by HTTP, 23 MB in less than 0.8 s.
  'ipxe.script of ramdisk': { least_ms: 500, typical_ms: 800, most_ms: 4_000 },
  'kernel of ramdisk': { least_ms: 1_200, typical_ms: 1_700, most_ms: 6_000 },
  kernel: { least_ms: 2_000, typical_ms: 3_300, most_ms: 12_000 },
  userland: { least_ms: 150, typical_ms: 300, most_ms: 2_500 },
};

/** Whole milliseconds, so that journals stay readable. */
export const measuredTimes: StageTimes = (_, leg, random) => Math.round(triangular(SPREADS[leg], random.next()));

/** Inverse of the triangular distribution's cumulative function. */
function triangular({ least_ms, typical_ms, most_ms }: Spread, chance: number): number {
  const span = most_ms - least_ms;
  return chance < (typical_ms - least_ms) / span
    ? least_ms + Math.sqrt(chance * span * (typical_ms - least_ms))
    : most_ms - Math.sqrt((1 - chance) * span * (most_ms - typical_ms));
}

/** What a stage typically took where it was measured, in ms; null for one that a boot spends no time in. */
export function typical_ms(stage: string): number | null {
  return Object.hasOwn(SPREADS, stage) ? SPREADS[stage as Leg].typical_ms : null;
}
