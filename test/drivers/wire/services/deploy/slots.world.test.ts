import t from 'tap';
import { LAYOUT, openMeshRack } from './mesh-rack.js';

t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
// A few from the first to the last: each costs a formatting and a boot loader.
const SLOTS = LAYOUT.partitions.flatMap(({ slot }) => (slot !== null && slot % 5 === 1 ? [slot] : []));

void t.test('deploy: slots laid out, formatted and set bootable -> told slot by slot, in order', async (t) => {
  t.strictSame(SLOTS, [1, 6, 11, 16, 21]);
  rack.deploy(SLOTS.map((slot) => ({ kind: 'format', slot })));
  await rack.boot(/never/);
  const bootable = rack.events.flatMap((event) => (event.kind === 'bootable' ? [event.slot] : []));
  t.strictSame(bootable, SLOTS);
  t.equal(rack.events.at(-1)?.kind, 'done');
});
