import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FaultError } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { parseRackState, type RackState } from '../../core/site/rack-state.js';
import { readJournalFile } from '../../drivers/journal-file/driver.js';
import { runProcess } from '../../drivers/process/run.js';
import { readUnitRecord } from '../../drivers/qemu/unit-record.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { readRackState, rackStateFile } from '../../tui/compose/rack-state.js';
import { RackPlace } from '../../tui/rack/place.js';
import { reached, reachOf } from '../../tui/rack/reach.js';
import { command, metalrig, ROOT, scratchOf } from '../run-metalrig.js';

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
    const racks = scratchOf(t);
    const driven: Promise<Readonly<Record<string, string>>>[] = [];
    let isSecret = false;
    const ran = await metalrig(['rack', 'up', SITE, '--foreground', '--json'], {
      environment: { ...secrets, METALRIG_RACKS: racks },
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
    t.match(ran.lines[0], { type: 'rack', ipmi: { root1: { address: '127.0.0.1' } } });
    const seen = ran.lines.map(
      ({ type, node, stage, power }) => `${String(type)} ${String(node)} ${String(stage ?? power)}`,
    );
    t.ok(seen.includes('chassis root1 on') && seen.includes('reached root1 firmware'), seen.join(', '));
    t.notOk(existsSync(rackPlaceIn(racks, 'bmc').sockets));
    const run = join(racks, 'bmc', 'run-1');
    const { entries } = readJournalFile(join(run, 'journal.jsonl'));
    const boots = entries.filter((entry) => entry.entry === 'entered' && entry.machine === 'boot:root1');
    t.match(boots, [{ state: 'off' }, { state: 'firmware' }], 'its machines saw what others did');
    t.ok(
      entries.every((entry) => !('ask' in entry) || entry.effect === 'boot.await'),
      'and asked for nothing',
    );
    const told = ran.out + readFileSync(join(run, 'site.yaml'), 'utf8') + JSON.stringify(entries);
    t.notOk(told.includes(PASSWORD));
  },
);

const ONE = `version: 1
name: one
network: { subnet: 10.99.0.0/24, server: 10.99.0.1 }
boot_file: undionly.kpxe
iqn: iqn.2026-11.example.metalrig
images: { lucid: { kind: root } }
nodes:
  root1:
    world: emulated
    mac: 52:54:00:99:00:11
    address: 10.99.0.11
    image: lucid
    power: ipmi
    bmc: { protocol: ipmi, user: admin, password: { env: METALRIG_BMC_PASSWORD } }
`;

const rackPlaceIn = (racks: string, name: string): RackPlace => new RackPlace(join(racks, name), name);

/** Comes when an entry is there that is wanted, whenever it was written. */
async function seenOn({ bus }: Reached, isWanted: (entry: Entry) => boolean): Promise<void> {
  const end = await new Promise<() => void>((resolve, reject) => {
    const ending = bus.watch({
      from: 1,
      onEntries: ({ entries }) => void (entries.some(isWanted) && resolve(() => ending())),
      onBroken: (fault) => reject(new FaultError(fault)),
    });
  });
  end();
}

type Reached = Awaited<ReturnType<typeof reached>>;

void t.test(
  'rack: an emulated one in the background, killed in the middle of a boot -> the same boot, its journal whole',
  { timeout: 120_000 },
  async (t) => {
    const racks = scratchOf(t);
    const site = join(racks, 'one.site.yaml');
    writeFileSync(site, ONE);
    const environment = { ...secrets, METALRIG_RACKS: racks };
    const place = rackPlaceIn(racks, 'one');
    const rack = (...words: string[]) => command(['rack', ...words], { environment });
    const up = () => metalrig(['rack', 'up', site, '--json'], { environment });
    const bootEnters = async (state: string, after: number): Promise<void> => {
      const there = await reached(reachOf(place), 'watch');
      const isIt = (entry: Entry): boolean =>
        entry.entry === 'entered' && entry.seq > after && entry.machine === 'boot:root1' && entry.state === state;
      await seenOn(there, isIt);
      await there.bus.close();
    };

    t.match(await up(), { code: 0, lines: [{ type: 'rack', rack: 'one', ipmi: { root1: { port: Number } } }] });
    t.teardown(() => void rack('down'));
    t.match(await rack('status'), {
      out: /^one {2}emulated, .*\n {2}1 available\n {2}root1 .* off .* ipmi 127\.0\.0\.1 port \d/,
    });
    const power = (want: string) => rack('tell', 'one', 'node.power', `{"node":"root1","want":"${want}"}`);
    t.match(await power('on'), { code: 0 });
    await bootEnters('pxe.tftp', 0);
    t.match(await rack('tell', 'one', 'mishap.begin', '{"node":"root1","mishap":"wire.cut"}'), { code: 0 });

    const { pid = 0, run = '' } = place.keeper() ?? {};
    process.kill(pid, 'SIGKILL');
    await goneFrom(place);
    const { length } = readJournalFile(join(run, 'journal.jsonl')).entries;
    const before = readUnitRecord(join(place.sockets, 'root1', 'node.json'));
    t.match(await up(), { code: 0 });
    t.strictSame(readUnitRecord(join(place.sockets, 'root1', 'node.json')), before, 'the same process');
    t.match(await rack('tell', 'one', 'mishap.begin', '{"node":"root1","mishap":"script.missing"}'), {
      err: /RCK-007/,
    });
    t.match(await rack('tell', 'one', 'clock.pace', '{"pace":2}'), { err: /RCK-008/ });
    t.match(await rack('tell', 'one', 'mishap.heal', '{"node":"root1","mishap":"wire.cut"}'), { code: 0 });
    t.match(await command(['top', '--once'], { environment }), { code: 0, out: /EMULATED .*[^]*root1/ });
    t.match(await power('off'), { code: 0 });
    t.match(await rack('down'), { code: 0 });

    const { entries } = readJournalFile(join(run, 'journal.jsonl'));
    t.ok(entries.every(({ seq }, index) => seq === index + 1));
    t.strictSame(fold(entries, compiledSteppers()).divergences, []);
    t.match(entries.at(-1), { entry: 'closed' });
    t.match(entries[length], { entry: 'resumed', entries: length });
    t.match(entries[length + 1], { entry: 'taken.over', node: 'root1', pid: before.running?.pid, powerOn: 1 });
    const begun = entries.filter(
      (one) => one.entry === 'entered' && one.machine === 'boot:root1' && one.state === 'firmware',
    );
    t.equal(begun.length, 1, 'one boot');
    t.equal(entries.filter(({ entry }) => entry === 'started').length, 2, 'its machines went on, none began anew');
    const asked = entries.flatMap((entry) => (entry.entry === 'effect.asked' ? [entry.ask] : []));
    t.strictSame(
      asked,
      asked.map((_, index) => index + 1),
    );
    t.strictSame(processesOf(place.sockets), []);
    t.notOk(existsSync(place.sockets) || existsSync(join(run, 'rack')));
  },
);

async function goneFrom(place: RackPlace): Promise<void> {
  const clock = systemClock();
  while (place.keeper() !== null) await new Promise<void>((resolve) => clock.setTimer(5, resolve));
}

/** Command lines of what runs and has something to do with the folder. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const line = /^\d+$/.test(name) ? readFileSync(join('/proc', name, 'cmdline'), 'utf8') : '';
      return line.includes(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}

void t.test('rack state: for what is no such file -> nothing', (t) => {
  t.equal(parseRackState('{'), null);
  t.equal(parseRackState('{"version": 2}'), null);
  t.end();
});
