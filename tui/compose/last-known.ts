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

/** With whether its machine has asked for it to be off, and asks for that again. */
type Known = LastKnown & { readonly isGoingOff: boolean };

/** What was asked of the node last and was done; what was still in flight is asked again by its machine. */
export function lastKnown(entries: readonly Entry[], node: NodeId): LastKnown {
  const machines = [machineId('node', node), machineId('boot', node), machineId('deployment', node)];
  let known: Known = { isOn: false, device: null, script: null, isGoingOff: false };
  for (const entry of entries) {
    if (!('machine' in entry) || !machines.includes(entry.machine)) continue;
    known = { ...known, ...changeBy(entry, known) };
  }
  const { isOn, device, script } = known;
  return { isOn, device, script };
}

function changeBy(entry: Entry, { isGoingOff }: Known): Partial<Known> {
  // Whatever its machine has asked for, in another state it asks for something else.
  if (entry.entry === 'entered' && entry.machine.startsWith('node:')) return { isGoingOff: false };
  if (entry.entry === 'effect.asked') {
    const { input } = entry;
    return 'want' in input ? { isOn: false, isGoingOff: input.want === 'off' } : {};
  }
  if (entry.entry !== 'effect.done') return {};
  const { output } = entry;
  if ('power' in output) return { isOn: output.power === 'on', isGoingOff: false };
  if ('device' in output) return { device: output.device };
  if ('script' in output) return { script: output.script };
  if (!('evidence' in output) || isGoingOff) return {};
  const { evidence } = output;
  if (evidence.kind === 'trouble') return {};
  // Somebody else may have switched it: where a boot is seen, there is power.
  return { isOn: evidence.kind === 'reached' && evidence.stage !== 'off' };
}
