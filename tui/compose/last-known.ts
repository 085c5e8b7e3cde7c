import type { Entry } from '../../core/journal/entry.js';
import { machineId, type NodeId } from '../../core/ids.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { BootScript } from '../../core/ports/boot-script.js';

/** How a node stood when the rig was killed, as its journal tells. */
export interface LastKnown {
  /** Whether its power was on and nobody was about to change that. */
  readonly isOn: boolean;
  readonly device: BootDevice | null;
  readonly script: BootScript | null;
}

/** What was asked of the node last and was done; what was still in flight is asked again by its machine. */
export function lastKnown(entries: readonly Entry[], node: NodeId): LastKnown {
  const machines = [machineId('node', node), machineId('boot', node), machineId('deployment', node)];
  let known: LastKnown = { isOn: false, device: null, script: null };
  for (const entry of entries) {
    if (!('machine' in entry) || !machines.includes(entry.machine)) continue;
    known = { ...known, ...changeBy(entry) };
  }
  return known;
}

function changeBy(entry: Entry): Partial<LastKnown> {
  if (entry.entry === 'effect.asked') return entry.effect === 'power.ensure' ? { isOn: false } : {};
  if (entry.entry !== 'effect.done') return {};
  const { output } = entry;
  if ('power' in output) return { isOn: output.power === 'on' };
  if ('device' in output) return { device: output.device };
  if ('script' in output) return { script: output.script };
  if (!('evidence' in output)) return {};
  const { evidence } = output;
  const isGone = evidence.kind === 'reached' ? evidence.stage === 'off' : evidence.kind === 'ended';
  return isGone ? { isOn: false } : {};
}
