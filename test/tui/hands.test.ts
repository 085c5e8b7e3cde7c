import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { command, ROOT, scratchOf } from '../run-metalrig.js';

/** A site of ours in a folder of its own, so that no rack of it is up. */
function siteIn(test: Test): string {
  const file = join(scratchOf(test), 'hands.site.yaml');
  cpSync(join(ROOT, 'scenarios', 'sites', 'hands.site.yaml'), file);
  return file;
}

void t.test('hands: bad input -> exit code 2, what is wrong, and what there is', async (t) => {
  const site = siteIn(t);
  const cases: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [['power', 'mesh1', 'on'], /--site FILE/],
    [['power', 'mesh1', 'up', '--site', site], /on, off, cycle, status, not "up"/],
    [['power', 'mseh1', 'on', '--site', site], /Did you mean mesh1\?/],
    [['power', 'mesh1', 'on', '--site', `${site}.none`], /CFG-003/],
    [['power', 'mesh1', 'on', '--site', site], /BMC-009 .*rack up/s],
    [['boot-device', 'mesh1', 'network', '--site', site], /pxe, disk, cdrom, usb, not "network"/],
    [['boot-device', 'root1', 'pxe', '--site', site], /BMC-008 root1 has no BMC/],
    [['sensors', 'root1', '--site', site], /BMC-008/],
  ];
  for (const [words, says] of cases) {
    const { code, err } = await command(words);
    t.equal(code, 2, words.join(' '));
    t.match(err, says);
    t.ok(err.split('\n').length <= 4, 'no stack');
  }
});

void t.test('hands: a secret that is not there -> which variable', async (t) => {
  const site = siteIn(t);
  const real = `version: 1
name: real
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  root1:
    world: real
    mac: 52:54:00:99:00:11
    address: 10.99.0.11
    image: lucid
    outlets: [{ pdu: left, outlet: 1 }]
pdus:
  left: { model: apc-rpdu, address: 127.0.0.1, version: 1, community: { env: METALRIG_NO_SUCH_SECRET } }
`;
  writeFileSync(site, real);
  const { code, err } = await command(['power', 'root1', 'status', '--site', site]);
  t.equal(code, 2);
  t.match(err, /SEC-001 .*METALRIG_NO_SUCH_SECRET/);
});

void t.test('hands: inventory of BMCs that do not answer -> each with its fault, exit code 1', async (t) => {
  const site = siteIn(t);
  const { code, lines } = await command(['inventory', '--site', site, '--json']);
  t.equal(code, 1);
  t.match(lines, [
    { type: 'bmc', node: 'mesh1', fault: { code: 'BMC-009' } },
    { type: 'bmc', node: 'mesh2', fault: { code: 'BMC-009' } },
    { type: 'inventory', bmcs: 2, failed: 2 },
  ]);
});
