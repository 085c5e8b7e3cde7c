import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { PDU_MODEL } from '../../drivers/pdu/models/table.js';
import { openPduLab } from '../drivers/pdu/lab.js';
import { command, metalrig } from '../run-metalrig.js';

const SECRETS = { COMMUNITY: 'private', AUTHENTICATION: 'authentication-1', PRIVACY: 'privacy-12345' };

interface Ports {
  readonly left: number;
  readonly right: number;
}

const site = ({ left, right }: Ports, user: string): string => `
version: 1
name: outlets
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images:
  lucid: { kind: root }
nodes:
  root1:
    world: real
    mac: 52:54:00:99:00:11
    address: 10.99.0.11
    image: lucid
    power: pdu
    outlets: [{ pdu: left, outlet: 1 }, { pdu: right, outlet: 1 }]
  root2:
    world: real
    mac: 52:54:00:99:00:12
    address: 10.99.0.12
    image: lucid
    power: pdu
    outlets: [{ pdu: left, outlet: 99 }]
  root3:
    world: real
    mac: 52:54:00:99:00:13
    address: 10.99.0.13
    image: lucid
    power: manual
pdus:
  left: { model: apc-rpdu, address: 127.0.0.1, port: ${left}, version: 2c, community: { env: COMMUNITY } }
  right:
    model: raritan-px2
    address: 127.0.0.1
    port: ${right}
    version: 3
    user: ${user}
    auth: { protocol: sha, password: { env: AUTHENTICATION } }
    privacy: { protocol: aes, password: { env: PRIVACY } }
`;

interface PowerLab extends AsyncDisposable {
  readonly file: string;
  readonly log: readonly string[];
}

/** Two PDUs on loopback and a site file for which they are real. */
async function openPowerLab(user = 'rig'): Promise<PowerLab> {
  const left = await openPduLab({ model: PDU_MODEL['apc-rpdu'] });
  const right = await openPduLab({ model: PDU_MODEL['raritan-px2'] });
  const log: string[] = [];
  for (const [name, lab] of Object.entries({ left, right })) lab.log.push = (line) => log.push(`${name} ${line}`);
  const directory = mkdtempSync(join(tmpdir(), 'power-'));
  const file = join(directory, 'outlets.site.yaml');
  writeFileSync(file, site({ left: left.emulated.port, right: right.emulated.port }, user));
  return {
    file,
    log,
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true });
      await left[Symbol.asyncDispose]();
      await right[Symbol.asyncDispose]();
    },
  };
}

void t.test('power: a node with two feeds of two PDUs -> on is both, off is both, and it says so', async (t) => {
  await using lab = await openPowerLab();
  const power = (verb: string, ...more: readonly string[]) =>
    command(['power', 'root1', verb, '--site', lab.file, ...more], { environment: SECRETS });
  t.match(await power('status'), { code: 0, out: 'root1 is off\n' });
  t.match((await power('on', '--json')).lines, [{ type: 'power', node: 'root1', by: 'pdu', state: 'on' }]);
  t.match(await power('off'), { code: 0, out: 'root1 is off\n' });
  t.strictSame(lab.log, ['left 1 on', 'right 1 on', 'left 1 off', 'right 1 off']);
});

void t.test('power: an outlet or an SNMP user that is not there -> its Fault, and no secret is shown', async (t) => {
  await using lab = await openPowerLab('stranger');
  const power = (node: string) => command(['power', node, 'on', '--site', lab.file], { environment: SECRETS });
  const missing = await power('root2');
  t.match(missing, { code: 1, err: /PDU-003 PDU left has no outlet 99/ });
  const stranger = await power('root1');
  t.match(stranger, { code: 1, err: /PDU-005 PDU right does not know the SNMP user stranger/ });
  for (const secret of Object.values(SECRETS)) t.notOk(`${stranger.out}${stranger.err}`.includes(secret));
});

void t.test('power: by hand, without a terminal -> MAN-001 at once', async (t) => {
  await using lab = await openPowerLab();
  const ran = await metalrig(['power', 'root3', 'on', '--site', lab.file], { environment: SECRETS });
  t.match(ran, { code: 1, err: /MAN-001 nobody is at a terminal to be asked: Switch root3 on/ });
});
