import t from 'tap';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId, nodeId } from '../../core/ids.js';
import type { Entry } from '../../core/journal/entry.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { putBack } from '../../tui/compose/put-back.js';

const SITE = `version: 1
name: two
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  root1: { world: emulated, mac: 52:54:00:99:00:11, address: 10.99.0.11, image: lucid }
  root2: { world: emulated, mac: 52:54:00:99:00:12, address: 10.99.0.12, image: lucid }
`;
const SCENARIO = `version: 1
name: two
description: Two nodes.
site: a.site.yaml
expect:
  all: { outcome: up }
`;
const silent: Fault = { code: 'BMC-001', kind: 'bmc.silent', node: 'root1', because: 'its cable is pulled' };

/** What was done to a node before the rig was killed. */
function doneTo(node: string): readonly Entry[] {
  const machine = machineId('node', nodeId(node));
  const facts = { entry: 'effect.done', machine, ask: 1, at: 1 } as const;
  return [
    { ...facts, seq: 1, effect: 'bootDevice.ensure', output: { device: 'network', at: 1 } },
    { ...facts, seq: 2, effect: 'power.ensure', output: { power: 'on', at: 1 } },
  ];
}

void t.test(
  'put back: what was on -> on again by what its site says; a BMC that fails holds no other up',
  async (t) => {
    const plan = planOf(SCENARIO, 'a.scenario.yaml', parseSite(SITE, 'a.site.yaml'));
    const acts: string[] = [];
    const noted: Fault[] = [];
    await putBack({
      plan,
      entries: [...doneTo('root1'), ...doneTo('root2')],
      mesh: null,
      noted: (fault) => void noted.push(fault),
      hands: {
        bootDevice(node, { device, lasts }) {
          acts.push(`${node} from ${device} ${lasts}`);
          return node === 'root1' ? Promise.reject(new FaultError(silent)) : Promise.resolve();
        },
        power(node, want) {
          acts.push(`${node} ${want}`);
          return Promise.resolve();
        },
      },
    });
    t.strictSame(acts, ['root1 from network always', 'root1 on', 'root2 from network always', 'root2 on']);
    t.strictSame(noted, [silent]);
  },
);
