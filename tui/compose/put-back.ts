import { faultOf, type Fault } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import type { Plan } from '../../core/scenario/plan.js';
import { lastKnown } from './last-known.js';
import type { MeshNodes } from './mesh.js';
import type { RackSwitches } from './rack-hands.js';

export interface PutBackParts {
  readonly plan: Pick<Plan, 'nodes'>;
  readonly entries: readonly Entry[];
  /** Its BMCs and PDUs are new too: what they are not told they do not know. */
  readonly hands: RackSwitches;
  readonly mesh: Pick<MeshNodes, 'ensureScript' | 'expectRamdisk'> | null;
  readonly noted: (fault: Fault) => void;
}

/**
 * Brings an emulated rack back to how it stood when the rig was killed, which took its guests along: what was on is
 * switched on again, each node by what its site says. That their boots begin anew is seen, as on a real rack whose
 * nodes were reset.
 */
export async function putBack({ plan, entries, hands, mesh, noted }: PutBackParts): Promise<void> {
  const { signal } = new AbortController();
  const told = (thrown: unknown): void => {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    noted(fault);
  };
  for (const { id } of plan.nodes) {
    const { isOn, device, script } = lastKnown(entries, id);
    if (device !== null) await hands.bootDevice(id, { device, lasts: 'always' }, signal).catch(told);
    if (script !== null) mesh?.ensureScript(id, script);
    if (!isOn) continue;
    if (script === 'deploy') mesh?.expectRamdisk(id);
    // Not waited for: no more nodes boot at once than there are cores.
    hands.power(id, 'on', signal).catch(told);
  }
}
