import { machineId } from '../../core/ids.js';
import type { BootContext } from '../../core/machines/boot-context.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { PXE9_TFTP_SLOTS, pxe9Times } from '../../sim/models/pxe9.js';
import { runSim } from '../../sim/run.js';
import { planOf } from './stories.js';

/** Long enough for the last of a hundred thousand nodes that wait for 16 slots. */
const PATIENCE_MS = 100_000_000;

/** Plays the model `pxe9` on our machines. When the last boot was up, and the sum of all boots' times, in seconds. */
export function playPxe9(nodes: number, seed = 1): { readonly makespan: number; readonly sum: number } {
  const deadlines = { 'pxe.dhcp': PATIENCE_MS, 'pxe.tftp': PATIENCE_MS };
  const plan = planOf({ nodes, seed, mishaps: [], deadlines, limit_ms: null });
  const { standing } = runSim({
    plan,
    seed,
    append: () => true,
    steppers: compiledSteppers(),
    times: pxe9Times(seed),
    tftpSlots: PXE9_TFTP_SLOTS,
    bmcAnswer_ms: 0,
  });
  const ends = plan.nodes.map(({ id }) => {
    const boot = standing(machineId('boot', id));
    if (boot?.state !== 'up') throw new Error(`${id} is ${boot?.state ?? 'nowhere'}`);
    return (boot.context as BootContext).enteredAt / 1_000;
  });
  // In the order of finishing, as the other simulators add them up.
  ends.sort((a, b) => a - b);
  return { makespan: ends.at(-1) ?? 0, sum: ends.reduce((total, end) => total + end, 0) };
}
