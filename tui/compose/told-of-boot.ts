import type { Evidence, Stage } from '../../core/evidence.js';
import type { Entry } from '../../core/journal/entry.js';
import { machineId, type NodeId } from '../../core/ids.js';
import type { ToldOfBoot } from './emulated-rack.js';

const NOTHING: ToldOfBoot = { powerOn: false, shown: 0, isResetting: false, stages: new Set() };

/**
 * What a journal holds of the power-on that it leaves a node in. The boot machine takes all evidence, one after the
 * other: what is not here was seen by nobody who could have acted on it.
 */
export function toldOfBoot(entries: readonly Entry[], node: NodeId): ToldOfBoot {
  const machine = machineId('boot', node);
  let told = NOTHING;
  for (const entry of entries) {
    if (entry.entry !== 'effect.done' || entry.machine !== machine || !('evidence' in entry.output)) continue;
    told = toldAfter(told, entry.output.evidence);
  }
  return told;
}

function toldAfter(told: ToldOfBoot, evidence: Evidence): ToldOfBoot {
  const { source } = evidence;
  const stage: Stage | null = evidence.kind === 'reached' ? evidence.stage : null;
  if (source === 'power')
    return stage === 'firmware' ? { ...NOTHING, powerOn: true, stages: new Set([stage]) } : NOTHING;
  const shown = source === 'wire' ? told.shown : told.shown + 1;
  const isResetting = source === 'monitor' && stage === 'firmware';
  if (stage === null) return { ...told, shown, isResetting };
  // A reset: the wire tells all of the new boot.
  const before = stage === 'firmware' ? [] : told.stages;
  return { ...told, shown, isResetting, stages: new Set([...before, stage]) };
}
