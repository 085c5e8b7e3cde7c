import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Append, Happening } from '../../core/journal/entry.js';
import { fold } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { JournalFile, readJournalFile } from '../../drivers/journal-file/driver.js';
import { processStart } from '../../drivers/process/alive.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { parseAddress } from '../../drivers/zmq-bus/address.js';
import { openHost } from '../../drivers/zmq-bus/host.js';
import { joinBus } from '../../drivers/zmq-bus/join.js';
import { Keychain } from '../../drivers/zmq-bus/keychain.js';
import { scenarioText } from '../../tui/rack/keep.js';
import { RackPlace } from '../../tui/rack/place.js';
import { LiveSim } from '../../tui/rack/sim-rack.js';
import { MemoryService } from '../core/bus/memory-service.js';
import { command, metalrig, ROOT, scratchOf } from '../run-metalrig.js';
import { openPty } from './dashboard/pty.js';

const SITE = join(ROOT, 'scenarios', 'sites', 'fleet.site.yaml');

/** A rack in the foreground of a process of its own, once it is up. */
async function started(t: Test, racks: string, words: readonly string[]) {
  const main = join(ROOT, 'dist', 'bundle', 'main.js');
  const child = spawn(process.execPath, [main, 'rack', 'up', SITE, '--foreground', '--json', ...words], {
    env: { ...process.env, METALRIG_RACKS: racks },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const told = JSON.parse(line) as { readonly addresses: readonly string[]; readonly run: string };
  return { child, ...told };
}

void t.test(
  'rack: killed while requests come and time flies -> goes on as if nothing had been, no transition lost or doubled',
  { timeout: 120_000 },
  async (t) => {
    const racks = scratchOf(t);
    let rack = await started(t, racks, ['--pace', '200']);
    const address = parseAddress(rack.addresses[0] ?? '');
    const bus = await joinBus({ address, clock: systemClock(), component: 'test', role: 'admin' });
    const seen: number[] = [];
    bus.watch({ from: 1, onEntries: ({ entries }) => void seen.push(...entries.map(({ seq }) => seq)) });
    const nodes = ['root1', 'root2', 'mesh1', 'mesh2'];
    for (let round = 0; round < 8; round += 1) {
      const want = round % 2 === 0 ? 'off' : 'on';
      const work = nodes.map((node) => bus.send('node.power', { node, want }));
      if (round % 3 === 1) {
        rack.child.kill('SIGKILL');
        await once(rack.child, 'exit');
        rack = await started(t, racks, ['--pace', '200']);
      }
      await Promise.all(work);
    }
    await bus.send('mishap.begin', { node: 'root1', mishap: 'dhcp.mute' });
    // Its acknowledgement may go under with the rack.
    bus.send('rack.down', {}).catch(() => {});
    const [code] = (await once(rack.child, 'exit')) as [number];
    t.equal(code, 0);
    await bus.close();
    const { entries } = readJournalFile(join(rack.run, 'journal.jsonl'));
    t.match(entries.at(-1), { entry: 'closed' });
    t.strictSame(
      seen,
      Array.from({ length: seen.length }, (_, index) => index + 1),
    );
    const requests = entries.filter((entry) => entry.entry === 'requested');
    t.strictSame(
      requests.map(({ request }) => request),
      Array.from({ length: 34 }, (_, index) => index + 1),
    );
    t.strictSame(fold(entries, compiledSteppers()).divergences, []);
    t.equal(entries.filter(({ entry }) => entry === 'resumed').length, 3);
  },
);

void t.test('rack: brought up in the background, looked at, told, ended -> in words and as data', async (t) => {
  const racks = scratchOf(t);
  const environment = { METALRIG_RACKS: racks };
  const rack = (...words: string[]) => command(['rack', ...words], { environment });
  t.match(await rack('status'), { code: 0, out: 'no rack is up\n' });
  t.match(await rack('down'), { code: 2, err: /RCK-001/ });
  // A process that was killed long ago, and whose number somebody else has now.
  const up = await metalrig(['rack', 'up', SITE, '--on', 'sim', '--json'], { environment });
  t.match(up, { code: 0, lines: [{ type: 'rack', rack: 'fleet' }] });
  t.teardown(() => void rack('down'));
  t.match(await rack('up', SITE), { code: 2, err: /RCK-002 the rack fleet is up already/ });
  t.match(await rack('status'), { out: /^fleet {2}up for .* s of its own time.*\n {2}\d / });
  t.match(await rack('status', 'fleet', '--json'), { lines: [{ rack: 'fleet', nodes: { mesh1: /./ } }, {}] });
  t.match(await command(['top', '--once'], { environment }), { code: 0, out: /mesh1/ });
  t.match(await rack('tell', 'fleet', 'clock.pace', '{"pace":0}', '--json'), { lines: [{ type: 'told' }] });
  t.match(await rack('tell', 'fleet', 'node.power', '{"node":"no","want":"on"}'), { code: 2, err: /RCK-005/ });
  t.match(await rack('tell', 'fleet', 'node.power', '{"node":1}'), { code: 2, err: /BUS-002/ });
  t.match(await rack('tell', 'fleet', 'no.such', '{}'), { code: 2, err: /BUS-003/ });
  t.match(await rack('status', SITE, '--json'), { lines: [{ rack: 'fleet' }, {}] }, 'by its site file too');
  t.match(await rack('status', '../fleet'), { code: 2, err: /RCK-001 the rack \.\.\/fleet is not up/ });
  t.match(await rack('down', SITE, '--json'), { code: 0, lines: [{ type: 'down', rack: 'fleet' }] });
  t.match(await rack('tell', 'fleet', 'clock.pace', '{"pace":0}'), { code: 2, err: /RCK-001/ });
  const keeper = join(racks, 'fleet', 'keeper.json');
  t.notOk(existsSync(keeper));
  writeFileSync(keeper, JSON.stringify({ pid: process.pid, start: '1', address: '', run: '' }));
  t.match(await rack('status'), { out: 'no rack is up\n' });
});

void t.test('rack: gone before it has acknowledged that it is to end -> it is down all the same', async (t) => {
  const place = new RackPlace(join(scratchOf(t), 'fleet'), 'fleet');
  place.make();
  const keeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.teardown(() => keeper.kill('SIGKILL'));
  const pid = keeper.pid ?? 0;
  const address = `ipc://${place.bus}`;
  const service = new MemoryService();
  service.settled = () => {
    keeper.kill('SIGKILL');
    return new Promise(() => {});
  };
  const listen = [{ address: parseAddress(address), keys: null }];
  const rack = await openHost({ service, clock: systemClock(), listen });
  t.teardown(rack.close);
  const kept = { pid, start: processStart(pid), address, run: place.folder };
  writeFileSync(join(place.folder, 'keeper.json'), JSON.stringify(kept));
  const environment = { METALRIG_RACKS: dirname(place.folder) };
  t.match(await command(['rack', 'down', 'fleet'], { environment }), { code: 0, out: 'fleet is down\n' });
});

void t.test(
  'rack: watched in a terminal while it is operated and killed -> shows what happens, and goes on',
  { timeout: 120_000 },
  async (t) => {
    const racks = scratchOf(t);
    const environment = { METALRIG_RACKS: racks };
    let rack = await started(t, racks, ['--pace', '100']);
    const main = join(ROOT, 'dist', 'bundle', 'main.js');
    const pty = openPty([process.execPath, main, 'top'], { environment });
    t.teardown(() => endIfAlive(pty.pid));
    await pty.until(/4 nodes: 4 up/);
    const tell = (want: string) => {
      return command(['rack', 'tell', 'fleet', 'node.power', `{"node":"mesh1","want":"${want}"}`], { environment });
    };
    t.match(await tell('off'), { code: 0 });
    await pty.until(/4 nodes: 3 up/);
    pty.keys('\r\t\t\t');
    await pty.until(/rack > root1[^]*▶ serial console[^]*METALRIG READY node=root1/);
    pty.keys('\u001b');
    await pty.until(/4 nodes: 3 up/);
    rack.child.kill('SIGKILL');
    await once(rack.child, 'exit');
    rack = await started(t, racks, ['--pace', '100']);
    t.match(await tell('on'), { code: 0 });
    await pty.until(/4 nodes: 4 up/);
    pty.keys('q');
    t.equal((await pty.ended).exitCode, 0);
  },
);

/** One that ended by itself is what is wanted. */
function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

void t.test('rack: for others, by keys -> reached over tcp; who may only watch cannot end it', async (t) => {
  const racks = scratchOf(t);
  const folder = join(racks, 'keys');
  const keychain = new Keychain(folder);
  await keychain.init();
  const watching = await keychain.add('screen', 'watch');
  const operating = await keychain.add('console', 'operate');
  t.match(await command(['rack', 'up', SITE, '--listen', 'tcp://127.0.0.1:0', '--keys', racks]), { err: /BUS-007/ });
  const { addresses, child } = await started(t, racks, ['--listen', 'tcp://127.0.0.1:0', '--keys', folder]);
  const to = addresses[1] ?? '';
  const status = (key: string) => command(['rack', 'status', '--to', to, '--key', key, '--json']);
  t.match(await status(watching), { code: 0, lines: [{ type: 'rack', nodes: { root1: /./ } }, {}] });
  const tell = (key: string, topic: string, payload: string) => {
    return command(['rack', 'tell', 'x', topic, payload, '--to', to, '--key', key]);
  };
  t.match(await tell(operating, 'node.power', '{"node":"root1","want":"off"}'), { code: 0 });
  const top = await command(['top', '--once', '--to', to, '--key', watching]);
  t.match(top, { code: 0, out: /root1/ });
  t.match(await tell(watching, 'node.power', '{"node":"root1","want":"off"}'), { code: 1, err: /BUS-006/ });
  t.match(await tell(operating, 'rack.down', '{}'), { code: 1, err: /BUS-006/ });
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 130, 'ended from outside: it goes on the next time');
});

const requests = fc.array(
  fc.record({
    node: fc.constantFrom('root1', 'root2', 'mesh1', 'mesh2'),
    want: fc.constantFrom('on', 'off'),
    // From the same instant on to a whole boot.
    after_ms: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 60_000 })),
  }),
  { maxLength: 12 },
);
/** Longer than any boot. */
const SETTLED_MS = 600_000;

void t.test('rack: for every sequence of power requests, each node ends as it was asked last', async (t) => {
  const site = parseSite(readFileSync(SITE, 'utf8'), SITE);
  const plan = planOf(scenarioText(site), 'scenario.yaml', site);
  fc.assert(
    fc.property(requests, fc.nat(1_000), (asked, seed) => {
      const stands = new Map<string, string>();
      const unexpected: Happening[] = [];
      const append: Append = (happening) => {
        if (happening.entry === 'entered') stands.set(happening.machine, happening.state);
        if (happening.entry === 'unexpected') unexpected.push(happening);
        return true;
      };
      const rack = new LiveSim({ name: 'x', plan, seed, earlier: [], append });
      for (const { node, want, after_ms } of asked) {
        rack.passTo(rack.now + after_ms);
        rack.act({ topic: 'node.power', payload: { node, want } });
      }
      rack.passTo(rack.now + SETTLED_MS);
      for (const { id } of plan.nodes) {
        const last = asked.findLast(({ node }) => node === id)?.want ?? 'on';
        const [node, boot] = [stands.get(`node:${id}`), stands.get(`boot:${id}`)];
        const isSo = last === 'on' ? node === 'active' && boot === 'up' : node === 'available' && boot !== 'up';
        if (!isSo) throw new Error(`${id} was asked to be ${last} last, and is ${node}, its boot ${boot}`);
      }
      return unexpected.length === 0;
    }),
  );
  t.pass();
});

void t.test('rack: simulated anew from any part of its journal -> the same entries, byte for byte', async (t) => {
  const site = parseSite(readFileSync(SITE, 'utf8'), SITE);
  const plan = planOf(scenarioText(site), 'scenario.yaml', site);
  const file = join(scratchOf(t), 'journal.jsonl');
  const journal = JournalFile.create(file, 'batch');
  const whole = new LiveSim({ name: 'x', plan, seed: 5, earlier: [], append: journal.append });
  whole.passTo(200_000);
  journal.close();
  const { entries } = readJournalFile(file);
  for (let cut = 1; cut <= entries.length; cut += 7) {
    const more: string[] = [];
    const append = (happening: object, at: number) =>
      more.push(JSON.stringify({ seq: cut + more.length + 1, at, ...happening })) > 0;
    const again = new LiveSim({ name: 'x', plan, seed: 5, earlier: entries.slice(0, cut), append });
    again.passTo(200_000);
    t.strictSame(
      more,
      entries.slice(cut).map((entry) => JSON.stringify(entry)),
    );
  }
  t.throws(() => new LiveSim({ name: 'x', plan, seed: 6, earlier: entries, append: () => true }), {
    message: /^JRN-004/,
  });
});
