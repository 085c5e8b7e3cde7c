import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faultOf } from '../../core/faults/fault.js';
import { nodeId, machineId } from '../../core/ids.js';
import { initialDeployment, requested, type DeploymentContext } from '../../core/machines/deployment-context.js';
import { RackHolds } from '../../tui/compose/rack-holds.js';
import { scratchOf } from '../run-metalrig.js';

const node = nodeId('mesh1');
const write = (image: string, slot: number) =>
  ({ type: 'write.requested', at: 0, image, slot, among: [node] }) as const;

/** The node's deployment as a command on the rack begins with it. */
function begun(directory: string): DeploymentContext {
  const slots = new RackHolds(directory).nodes.get(node) ?? [];
  return initialDeployment({ node, medium: 'slot', slots });
}

void t.test('rack: an image of the same name, of another project -> the slot is wiped before it is written', (t) => {
  const directory = scratchOf(t);
  const first = requested(begun(directory), write('garage/robots', 3));
  new RackHolds(directory).entered(machineId('deployment', node), { state: 'writing', context: first });

  const next = begun(directory);
  t.strictSame(next.slots, [{ slot: 3, image: 'garage/robots' }], 'the next command knows');
  t.match(requested(next, write('roof-lab/robots', 3)).tasks, [
    { do: 'wipe', image: 'garage/robots', slot: 3 },
    { do: 'write', image: 'roof-lab/robots', slot: 3 },
  ]);
  t.match(requested(next, write('garage/robots', 3)).tasks, [{ do: 'write' }], 'its own project has it already');
  t.end();
});

void t.test('rack: its file is not one of these -> refused, and not begun as if the slots were empty', (t) => {
  const directory = scratchOf(t);
  for (const text of ['', '{"version":2,"nodes":{}}', '{"version":1,"nodes":{"mesh1":[{"slot":1,"image":"../x"}]}}']) {
    writeFileSync(join(directory, 'slots.json'), text);
    t.equal(
      codeOf(() => new RackHolds(directory)),
      'CFG-003',
      text,
    );
  }
  t.end();
});

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (thrown) {
    return faultOf(thrown)?.code ?? null;
  }
}
