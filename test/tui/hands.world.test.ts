import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openTestBmc, PASSWORD as IPMI_PASSWORD } from '../drivers/ipmi/test-bmc.js';
import { openPduLab } from '../drivers/pdu/lab.js';
import { openRedfishLab, PASSWORD as REDFISH_PASSWORD } from '../drivers/redfish/redfish-lab.js';
import { command, scratchOf } from '../run-metalrig.js';

t.setTimeout(120_000);

void t.test(
  'power, boot-device, sensors, inventory: a site of four kinds of hands -> done, and read back',
  async (t) => {
    await using ipmi = await openTestBmc();
    await using redfish = await openRedfishLab();
    await using pdu = await openPduLab();
    const file = join(scratchOf(t), 'hands.site.yaml');
    writeFileSync(file, siteText({ ipmi: ipmi.config.port, redfish: redfish.url, pdu: pdu.config.port }));
    const environment = {
      METALRIG_SITE: file,
      IPMI_SECRET: IPMI_PASSWORD,
      REDFISH_SECRET: REDFISH_PASSWORD,
      COMMUNITY: 'private',
    };
    const metalrig = (...words: readonly string[]) => command(words, { environment });

    t.match(await metalrig('power', 'i1', 'on', '--json'), {
      code: 0,
      lines: [{ type: 'power', node: 'i1', by: 'ipmi', state: 'on' }],
    });
    t.equal(ipmi.power(), 'on');
    t.match(await metalrig('power', 'r1', 'on'), { code: 0, out: 'r1 is on\n' });
    t.equal(redfish.chassis.power(), 'on');
    t.match(await metalrig('power', 'p1', 'on'), { code: 0, out: 'p1 is on\n' });
    t.strictSame(pdu.log, ['3 on']);
    t.match(await metalrig('power', 'p1', 'status', '--json'), { code: 0, lines: [{ by: 'pdu', state: 'on' }] });

    t.match(await metalrig('boot-device', 'r1', 'cdrom', '--once'), { code: 0, out: 'r1 starts from cdrom, once\n' });
    t.match(redfish.chassis.bootOverride(), { device: 'cdrom', lasts: 'once' });
    t.match(await metalrig('boot-device', 'i1', 'pxe', '--json'), {
      code: 0,
      lines: [{ type: 'boot-device', node: 'i1', device: 'network', lasts: 'always' }],
    });
    t.equal(ipmi.boot(), 'pxe');

    const sensors = await metalrig('sensors', 'r1');
    t.match(sensors, { code: 0 });
    t.equal(
      sensors.out,
      'CPU1 Temp  41 degrees C  ok\nFAN1       5400 RPM      warning\nPSU1       120 Watts     ok\n',
    );
    const intake = await metalrig('sensors', 'i1', '--json');
    t.match(intake.lines[0], { type: 'sensor', name: 'Intake', unit: 'degrees C' });
    t.match(intake.lines.at(-1), { type: 'sensors', node: 'i1', absent: 0 });

    const inventory = await metalrig('inventory', '--json');
    t.equal(inventory.code, 1, 'the BMC of gone does not answer');
    t.match(inventory.lines, [
      { type: 'bmc', node: 'i1', identity: { protocol: 'ipmi', protocolVersion: '2.0' }, fault: null },
      { type: 'bmc', node: 'r1', identity: { protocol: 'redfish' }, fault: null },
      { type: 'bmc', node: 'gone', identity: null, fault: { code: /^RDF-/ } },
      { type: 'inventory', told: 2, silent: 1 },
    ]);
    const told = await metalrig('inventory');
    t.match(told.out, /^i1 +ipmi 2\.0/);
    t.match(told.out, /\ngone +RDF-\d+ .*\n {2}\S/);
    t.ok(told.out.split('\n').every((line) => line.startsWith('gone') || line.startsWith('  ') || line.length <= 80));

    t.match(await metalrig('power', 'p1', 'off'), { code: 0, out: 'p1 is off\n' });
    await refusals(t, { metalrig, file });
  },
);

interface Refused {
  readonly metalrig: (...words: readonly string[]) => ReturnType<typeof command>;
  readonly file: string;
}

async function refusals(t: Test, { metalrig, file }: Refused): Promise<void> {
  t.match(await metalrig('boot-device', 'p1', 'pxe'), {
    code: 2,
    err: /^HND-001 .* gives p1 no BMC\n {2}Write `bmc:`/,
  });
  t.match(await metalrig('power', 'e1', 'on'), {
    code: 2,
    err: /^HND-003 e1 is emulated, .*\n {2}.*metalrig rack up /,
  });
  t.match(await metalrig('power', 's1', 'on'), { code: 2, err: /^HND-002 the power of s1 / });
  t.match(await metalrig('power', 'i2', 'on'), { code: 2, err: /there is no node "i2" in .*; did you mean i1\?/ });
  t.match(await metalrig('power', 'i1', 'reset'), { code: 2, err: /there are on, off, cycle, status/ });
  t.match(await metalrig('boot-device', 'i1', 'floppy'), { code: 2, err: /there are pxe, disk, cdrom, usb/ });
  const unset = await command(['power', 'i1', 'status', '--site', file], { environment: { METALRIG_SITE: '' } });
  t.match(unset, { code: 2, err: /^SEC-001 .*IPMI_SECRET/ });
  const none = await command(['inventory'], { environment: { METALRIG_SITE: '' } });
  t.match(none, { code: 2, err: /it takes --site FILE/ });
  const wrong = await command(['power', 'i1', 'status', '--site', file], { environment: { IPMI_SECRET: 'mistyped' } });
  t.match(wrong, { code: 1, err: /^IPM-002 .*refuses the password of admin/ });
  t.notMatch(wrong.err + wrong.out, 'mistyped');
}

interface Places {
  readonly ipmi: number;
  readonly redfish: string;
  readonly pdu: number;
}

function siteText({ ipmi, redfish, pdu }: Places): string {
  const admin = (secret: string): string => `user: admin, password: { env: ${secret} }`;
  const node = (number: number, text: string): string =>
    `{ mac: 52:54:00:99:00:${number}, address: 10.99.0.${number}, image: lucid, ${text} }`;
  const real = (number: number, text: string): string => node(number, `world: real, ${text}`);
  return `version: 1
name: hands
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  i1: ${real(11, `power: ipmi, bmc: { protocol: ipmi, address: 127.0.0.1, port: ${ipmi}, ${admin('IPMI_SECRET')} }`)}
  r1: ${real(12, `power: redfish, bmc: { protocol: redfish, url: '${redfish}', ${admin('REDFISH_SECRET')} }`)}
  gone: ${real(13, `power: redfish, bmc: { protocol: redfish, url: 'http://127.0.0.1:1', ${admin('REDFISH_SECRET')} }`)}
  p1: ${real(14, 'power: pdu, outlets: [{ pdu: left, outlet: 3 }]')}
  e1: ${node(15, `world: emulated, power: pdu, outlets: [{ pdu: up, outlet: 1 }]`)}
  s1: ${node(16, 'world: emulated')}
pdus:
  left: { model: apc-master-switch, address: 127.0.0.1, port: ${pdu}, version: 2c, community: { env: COMMUNITY } }
  up: { model: apc-master-switch, version: 2c, community: { env: COMMUNITY } }
`;
}
