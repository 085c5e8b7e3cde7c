import t from 'tap';
import { LAYOUT, openMeshRack } from './mesh-rack.js';

t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
const SLOTS = LAYOUT.partitions.flatMap(({ slot }) => (slot === null ? [] : [slot]));

void t.test('deploy: 21 slots laid out, formatted and set bootable -> within 60 s of guest time', async (t) => {
  rack.deploy(SLOTS.map((slot) => ({ kind: 'format', slot })));
  await rack.boot(/never/);
  const done = rack.events.at(-1);
  const bootable = rack.events.flatMap((event) => (event.kind === 'bootable' ? [event.slot] : []));
  t.strictSame(bootable, SLOTS);
  t.comment(JSON.stringify(done));
  t.ok(done?.kind === 'done' && done.guest_ms < 60_000, JSON.stringify(done));
});
