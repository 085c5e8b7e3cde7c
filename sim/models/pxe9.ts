import { CHAINS } from '../../core/evidence.js';
import type { Leg, StageTimes } from '../stages/times.js';

/**
 * `pxe9`: the model of a rack by which simulators can be compared. All nodes are powered on at once and go through
 * nine stages; the third, TFTP, has 16 slots that are held for the whole stage. Durations come from a hash of seed,
 * node and stage, so every simulator prints the same times, whatever it is written in.
 */
export const PXE9_TFTP_SLOTS = 16;

/** In the order of the model's stages: firmware, ROM DHCP, TFTP, iPXE, second DHCP, login, GRUB, kernel, userspace. */
const MEANS_S = [6.0, 3.0, 1.5, 2.0, 1.0, 0.4, 2.5, 3.0, 4.8];

/** Our nine timed stages in their order take the place of the model's. In ms, with a fraction. */
export function pxe9Times(seed: number): StageTimes {
  return (node, leg) => {
    const index = PLACES.get(leg) ?? 0;
    return 1_000 * (MEANS_S[index] ?? 0) * (0.5 + hash(seed, node, index) / 2 ** 32);
  };
}

const PLACES: ReadonlyMap<Leg, number> = new Map(
  CHAINS.lun.filter((stage) => stage !== 'off' && stage !== 'up').map((stage, index) => [stage, index]),
);

/** "lowbias32" over the three numbers, each spread by an odd constant. */
function hash(seed: number, node: number, stage: number): number {
  let mixed = (seed + Math.imul(node, 0x9e3779b1) + Math.imul(stage, 0x85ebca6b)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
