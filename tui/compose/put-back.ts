import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { QemuRack } from '../../drivers/qemu/driver.js';
import { lastKnown } from './last-known.js';
import type { MeshNodes } from './mesh.js';

export interface PutBackParts {
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  readonly rack: QemuRack;
  readonly mesh: MeshNodes | null;
  readonly noted: (fault: Fault) => void;
}

/**
 * Brings an emulated rack back to how it stood when the rig was killed, which took its guests along: what was on is
 * switched on again. That their boots begin anew is seen, as on a real rack whose nodes were reset.
 */
export async function putBack({ plan, entries, rack, mesh, noted }: PutBackParts): Promise<void> {
  const { signal } = new AbortController();
  for (const { id } of plan.nodes) {
    const { isOn, device, script } = lastKnown(entries, id);
    if (device !== null) await rack.bootDevice.ensure(id, { device, lasts: 'always' }, signal);
    if (script !== null) mesh?.ensureScript(id, script);
    if (!isOn) continue;
    if (script === 'deploy') mesh?.expectRamdisk(id);
    rack.power.ensure(id, 'on', signal).catch((thrown: unknown) => {
      const fault = faultOf(thrown);
      if (fault === null) throw thrown;
      noted(fault);
    });
  }
}
