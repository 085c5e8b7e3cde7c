import t from 'tap';
import { machineId, nodeId } from '../../core/ids.js';
import type { Entry, Happening } from '../../core/journal/entry.js';
import { lastKnown } from '../../tui/compose/last-known.js';

const ROOT1 = nodeId('root1');
const machine = machineId('node', ROOT1);

function journalOf(...happenings: readonly Happening[]): readonly Entry[] {
  return happenings.map((happening, index) => ({ seq: index + 1, at: index, ...happening }));
}

const asked = (want: 'on' | 'off', ask: number): Happening => ({
  entry: 'effect.asked',
  machine,
  ask,
  effect: 'power.ensure',
  input: { node: ROOT1, want, deadlineAt: null },
});
const done = (power: 'on' | 'off', ask: number): Happening => ({
  entry: 'effect.done',
  machine,
  ask,
  effect: 'power.ensure',
  output: { power, at: 1 },
});
const network: Happening = {
  entry: 'effect.done',
  machine,
  ask: 1,
  effect: 'bootDevice.ensure',
  output: { device: 'network', at: 1 },
};
const script: Happening = {
  entry: 'effect.done',
  machine: machineId('deployment', ROOT1),
  ask: 2,
  effect: 'bootScript.ensure',
  output: { script: 'deploy', at: 1 },
};
const saw = (stage: 'off' | 'up'): Happening => ({
  entry: 'effect.done',
  machine: machineId('boot', ROOT1),
  ask: 9,
  effect: 'boot.await',
  output: {
    at: 1,
    evidence: { kind: 'reached', stage, what: stage, node: ROOT1, source: 'power', seq: 1, at: 1 },
  },
});
const entered = (state: string): Happening => ({ entry: 'entered', machine, state });

void t.test('a killed rig: what its journal says of a node -> how the node is put back', async (t) => {
  const known = (...happenings: readonly Happening[]) => lastKnown(journalOf(...happenings), ROOT1);
  t.strictSame(known(), { isOn: false, device: null, script: null });
  t.strictSame(known(network, script), { isOn: false, device: 'network', script: 'deploy' });
  t.strictSame(known(asked('on', 1), done('on', 1)).isOn, true);
  t.strictSame(known(asked('on', 1)).isOn, false, 'it is asked for again by its machine');
  t.strictSame(known(asked('on', 1), done('on', 1), asked('off', 2)).isOn, false, 'so is this');
  t.strictSame(known(asked('on', 1), done('on', 1), saw('off')).isOn, false, 'its power went');
  t.strictSame(known(saw('up')).isOn, true, 'somebody else has switched it on');
  t.strictSame(known(asked('on', 1), saw('up'), entered('active')).isOn, true, 'it was up before the answer came');
  t.strictSame(known(saw('up'), asked('off', 1), saw('up')).isOn, false, 'what was seen while it went off');
  t.strictSame(known(asked('off', 1), entered('deployFailed'), saw('up')).isOn, true, 'it did not go off');
  t.strictSame(lastKnown(journalOf(asked('on', 1), done('on', 1)), nodeId('root2')).isOn, false, 'another node');
});
