import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { metalrig, scratchOf } from '../run-metalrig.js';

void t.test('power: Ctrl-C while a BMC does not answer -> 130, and no word of a bug', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const file = join(scratchOf(t), 'silent.site.yaml');
  writeFileSync(file, siteText(port));
  let pid = 0;
  // It is asked, and will never be answered: now is the time.
  server.once('request', () => process.kill(pid, 'SIGINT'));
  const ran = await metalrig(['power', 'n1', 'status', '--site', file], {
    environment: { SECRET: 'open-sesame' },
    onStart: (started) => void (pid = started),
  });
  t.match(ran, { code: 130, out: '' });
  t.match(ran.err, /^CLI-002 interrupted\n/);
});

function siteText(port: number): string {
  const bmc = `{ protocol: redfish, url: 'http://127.0.0.1:${port}', user: admin, password: { env: SECRET } }`;
  return `version: 1
name: silent
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  n1: { world: real, mac: 52:54:00:99:00:11, address: 10.99.0.11, image: lucid, power: redfish, bmc: ${bmc} }
`;
}
