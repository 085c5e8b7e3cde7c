import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseRackState, type RackState } from '../../core/site/rack-state.js';
import { runProcess } from '../../drivers/process/run.js';
import { readRackState, rackStateFile } from '../../tui/compose/rack-state.js';
import { metalrig, ROOT } from '../run-metalrig.js';

const SITE = join(ROOT, 'scenarios/sites/bmc.site.yaml');
const PASSWORD = 'open-sesame';
const secrets = { METALRIG_BMC_PASSWORD: PASSWORD, METALRIG_PDU_COMMUNITY: 'switches' };

/** What software that is not ours does with a rack that is up, and what it was told. */
async function drive({ ipmi, redfish, pdus }: RackState): Promise<Readonly<Record<string, string>>> {
  const bmc = ipmi['root1'];
  const place = [
    '-H',
    bmc?.address ?? '',
    '-p',
    String(bmc?.port),
    '-U',
    'admin',
    '-E',
    '-C',
    '3',
    '-N',
    '1',
    '-R',
    '1',
  ];
  const ipmitool = async (...words: readonly string[]): Promise<string> => {
    const argv = ['ipmitool', '-I', 'lanplus', ...place, ...words] as const;
    return (await runProcess({ argv, environment: { IPMI_PASSWORD: PASSWORD } })).output.toString();
  };
  const host = (redfish['root3']?.url ?? '').replace('https://', '');
  const login = ['-r', host, '-S', 'Always', '-u', 'admin', '-p', PASSWORD];
  const left = `127.0.0.1:${pdus['left']?.port}`;
  const outlet = '1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.1';
  const snmp = { MIBS: '', SNMP_PERSISTENT_DIR: tmpdir(), SNMPCONFPATH: '/none' };
  const bootdev = await ipmitool('chassis', 'bootdev', 'pxe');
  const on = await ipmitool('power', 'on');
  const status = await ipmitool('power', 'status');
  const system = await runProcess({ argv: ['redfishtool', ...login, 'Systems', '-I', '1'] });
  const set = ['snmpset', '-v2c', '-c', 'switches', left, outlet, 'i', '2'] as const;
  const outletOff = await runProcess({ argv: set, environment: snmp });
  const after = await ipmitool('power', 'status');
  return {
    bootdev,
    on,
    status,
    after,
    system: system.output.toString(),
    outletOff: outletOff.output.toString(),
  };
}

void t.test(
  'rack up: driven by ipmitool, redfishtool and snmpset until SIGTERM -> told, and nothing is left',
  async (t) => {
    const out = mkdtempSync(join(tmpdir(), 'metalrig-rack-'));
    t.teardown(() => rmSync(out, { recursive: true, force: true }));
    const driven: Promise<Readonly<Record<string, string>>>[] = [];
    let isSecret = false;
    const ran = await metalrig(['rack', 'up', SITE, '--json', '--out', out], {
      environment: secrets,
      onOutput(text, kill) {
        const [first, ...others] = text.split('\n');
        if (driven.length > 0 || first === undefined || others.length === 0) return;
        const state = readRackState(SITE);
        isSecret = (statSync(rackStateFile(SITE)).mode & 0o077) === 0;
        driven.push(state === null ? Promise.resolve({}) : drive(state).finally(() => kill('SIGTERM')));
      },
    });
    t.equal(ran.code, 130, ran.err);
    t.match(await driven[0], {
      bootdev: 'Set Boot Device to pxe',
      on: 'Up/On',
      status: 'Chassis Power is on',
      system: '"PowerState": "Off"',
      outletOff: 'INTEGER: 2',
      after: 'Chassis Power is on',
    });
    t.ok(isSecret, 'what it says is for its owner alone');
    t.notOk(existsSync(rackStateFile(SITE)));
    t.match(ran.lines[0], { type: 'up', ipmi: { root1: { address: '127.0.0.1' } } });
    const seen = ran.lines.map(
      ({ type, node, stage, power }) => `${String(type)} ${String(node)} ${String(stage ?? power)}`,
    );
    t.ok(seen.includes('chassis root1 on') && seen.includes('reached root1 firmware'), seen.join(', '));
    const [scratch] = /\/[^"]*\/mr-\d+-\w+/.exec(ran.out) ?? [''];
    t.notOk(existsSync(scratch));
    t.notOk(ran.out.includes(PASSWORD) || readFileSync(join(out, 'site.yaml'), 'utf8').includes(PASSWORD));
  },
);

void t.test('rack state: for what is no such file -> nothing', (t) => {
  t.equal(parseRackState('{'), null);
  t.equal(parseRackState('{"version": 2}'), null);
  t.end();
});
