import t from 'tap';
import { LAYOUT, openMeshRack } from './mesh-rack.js';

t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
const SLOTS = LAYOUT.partitions.flatMap(({ slot }) => (slot === null ? [] : [slot]));

void t.test('deploy: 21 slots laid out, formatted and set bootable -> every slot of the layout, in order', async (t) => {
  rack.deploy(SLOTS.map((slot) => ({ kind: 'format', slot })));
  await rack.boot(/never/);
  const done = rack.events.at(-1);
  const bootable = rack.events.flatMap((event) => (event.kind === 'bootable' ? [event.slot] : []));
  t.strictSame(bootable, SLOTS);
  t.equal(done?.kind, 'done');
  // How long it took is shown, not held: the guest's clock goes with ours, and ours with whatever else runs here.
  t.comment(JSON.stringify(done));
});
