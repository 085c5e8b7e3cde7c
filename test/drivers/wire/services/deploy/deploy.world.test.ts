import t from 'tap';
import { openMeshRack } from './mesh-rack.js';

t.setTimeout(600_000);

const rack = await openMeshRack();
t.teardown(() => rack.close());
const READY = /METALRIG READY node=mesh1 image=\S+/;

void t.test('deploy: image A to slot 7 of an empty disk -> boots from sda7', async (t) => {
  const a = await rack.image('a');
  rack.deploy([rack.write(7, a), { kind: 'default', slot: 7 }]);
  rack.onEvent((event) => console.error(JSON.stringify(event)));
  const deployed = await rack.boot(/never/);
  t.match(deployed, 'METALRIG DEPLOY done', deployed.slice(-2000)) || process.exit(1);
  rack.setOrder({ kind: 'local' });
  const booted = await rack.boot(READY);
  t.match(booted, 'METALRIG READY node=mesh1 image=a', booted.slice(-2000));
});
