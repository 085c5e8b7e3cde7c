import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { command, metalrig, ROOT, scratchOf } from '../../run-metalrig.js';
import { openPty, type Pty } from './pty.js';
import { bootFrames, captureOf } from './wire-story.js';

const MAIN = join(ROOT, 'dist', 'bundle', 'main.js');
const EIGHT = join(t.testdir(), 'eight');
await command(['run', 'scenarios/fleet-of-eight.scenario.yaml', '--on', 'sim', '--seed', '7', '--out', EIGHT]);

/** `metalrig top` on a pseudo-terminal; should the test fail, it does not outlive it. */
function top(test: Test, words: readonly string[], options: Parameters<typeof openPty>[1] = {}): Pty {
  const pty = openPty([process.execPath, MAIN, 'top', ...words], options);
  test.teardown(() => endIfAlive(pty.pid));
  return pty;
}

function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}

void t.test('top: keys on a terminal -> screens, filters, resizes, and the terminal back as it was', async (t) => {
  const pty = top(t, ['--bundle', EIGHT]);
  await pty.until(/8 nodes: 8 up.*\n[^]*▶ n0001/);
  t.notOk(pty.isOrdinary(), 'the alternate screen');
  pty.keys('jj');
  await pty.until(/▶ n0003/);
  pty.keys('\r');
  await pty.until(/rack > n0003[^]*▶ boot chain/);
  pty.keys('\t');
  await pty.until(/▶ why is it not moving\?/);
  pty.keys('\u001b[Z');
  await pty.until(/▶ boot chain/);
  pty.keys('\u001b');
  await pty.until(/^ rack {2,}8 nodes/m);
  pty.keys('/n000[12]\r');
  await pty.until(/2 of 8 nodes/);
  pty.keys('\u001b');
  await pty.until(/^ rack {2,}8 nodes/m);
  pty.keys(':entry 100\r');
  await pty.until(/entry 100 of 362/);
  pty.keys('\u001b[C');
  await pty.until(/entry 101 of 362/);
  pty.keys('b?');
  await pty.until(/keys on the rack screen/);
  pty.keys('?');
  pty.resize({ columns: 200, rows: 50 });
  await pty.until(/LAST SEEN[^]*why is it not moving\?[^]*entry 101 of 362/);
  pty.resize({ columns: 40, rows: 10 });
  await pty.until(/wants\n80x24/);
  pty.resize({ columns: 80, rows: 24 });
  await pty.until(/entry 101 of 362/);
  pty.keys('q');
  t.same((await pty.ended).exitCode, 0);
  t.ok(pty.isOrdinary(), 'the ordinary screen');
  t.match(
    pty.screen(),
    /metalrig top --bundle mr1\.fleet-of-eight\.sim\.7\.[0-9a-f]{16}@101/,
    'the moment written down',
  );
});

void t.test('top: schedule, builds and wire on a terminal -> zoomed, walked, filtered, and into a node', async (t) => {
  const directory = scratchOf(t);
  const day = join(directory, 'day');
  await command(['run', 'scenarios/fleet-day.scenario.yaml', '--on', 'sim', '--seed', '7', '--out', day]);
  writeFileSync(join(day, 'wire.pcapng'), captureOf(bootFrames()));
  const schedule = join(directory, 'kept');
  const wish = ['--project', 'physics', '--nodes', 'mesh1', '--from', 'now', '--for', '2h', '--schedule', schedule];
  await command(['reserve', 'add', '--site', join(day, 'site.yaml'), ...wish]);
  const pty = top(t, ['--bundle', day, '--schedule', schedule]);
  await pty.until(/4 nodes: /);
  pty.keys('5jj');
  await pty.until(/▶ mesh1 .*\[ph[^]*mesh1: 1 reservation[^]*r1 +active/);
  pty.keys('-');
  await pty.until(/3 days in sight/);
  pty.keys('lh++');
  await pty.until(/12\.0 h in sight/);
  pty.keys('\r');
  await pty.until(/rack > mesh1/);
  pty.keys('6/cycle|root1\r');
  await pty.until(/▶ .* boot +root1 +[^]*boot of node root1/);
  pty.keys('\r');
  await pty.until(/rack > root1/);
  pty.keys('7');
  await pty.until(/LAST MINUTE[^]*iSCSI READ\(10\)/);
  pty.keys('/DHCP offer\r');
  await pty.until(/the last 3 frames[^]*LOST DHCP offer/);
  pty.keys('gt');
  await pty.until(/─ 1 frame ─[^]*LOST DHCP offer/);
  pty.keys('\u0003');
  t.equal((await pty.ended).exitCode, 0);
});

void t.test('top: plays by itself, and stops at the end', async (t) => {
  const pty = top(t, ['--bundle', `${EIGHT}@1`, '--show', 'speed 1000']);
  await pty.until(/entry 1 of 362/);
  pty.keys(' ');
  await pty.until(/8 nodes: 8 up[^]*entry 36[0-2] of 362/);
  await pty.until(/paused/);
  pty.keys('\u0003');
  t.equal((await pty.ended).exitCode, 0);
});

void t.test('top: SIGTERM -> the terminal back as it was, exit 130', async (t) => {
  const pty = top(t, ['--bundle', EIGHT]);
  await pty.until(/8 nodes: 8 up/);
  process.kill(pty.pid, 'SIGTERM');
  t.equal((await pty.ended).exitCode, 130);
  t.ok(pty.isOrdinary());
  t.match(pty.written(), /ESC\[\?25h/, 'the cursor is there again');
});

void t.test('top: Ctrl-Z in a shell, fg -> the shell in between, then the screen anew', async (t) => {
  const pty = openPty(['bash', '--norc', '--noprofile', '-i'], { environment: { PS1: 'prompt> ' } });
  t.teardown(() => endIfAlive(pty.pid));
  await pty.until(/prompt>/);
  pty.keys(`'${process.execPath}' '${MAIN}' top --bundle '${EIGHT}'\r`);
  await pty.until(/8 nodes: 8 up/);
  pty.keys('\u001a');
  await pty.when(() => pty.isOrdinary() && /Stopped/.test(pty.screen()));
  pty.keys('fg\r');
  await pty.until(/8 nodes: 8 up[^]*▶ n0001/);
  pty.keys('j');
  await pty.until(/▶ n0002/);
  pty.keys('q');
  await pty.when(() => pty.isOrdinary());
  pty.keys('exit\r');
  t.equal((await pty.ended).exitCode, 0);
});

void t.test('top: Ctrl-Z where no shell could go on with it -> stays', async (t) => {
  const pty = top(t, ['--bundle', EIGHT]);
  await pty.until(/8 nodes: 8 up/);
  pty.keys('\u001a');
  await pty.when(() => pty.isOrdinary());
  await pty.when(() => !pty.isOrdinary());
  pty.keys('G');
  await pty.until(/▶ n0008/);
  pty.keys('q');
  t.equal((await pty.ended).exitCode, 0);
});

void t.test('top: NO_COLOR -> weight and reversal, no colour', async (t) => {
  const pty = top(t, ['--bundle', EIGHT], { environment: { NO_COLOR: '1', LANG: 'C' } });
  await pty.until(/8 nodes: 8 up[^]*> n0001/);
  pty.keys('q');
  await pty.ended;
  const codes = [...pty.written().matchAll(/ESC\[([\d;]*)m/g)].flatMap(([, code = '']) => code.split(';'));
  t.same(
    codes.filter((code) => /^(3[0-8]|4[0-8]|9\d|10\d)$/.test(code)),
    [],
  );
  t.notMatch(pty.written(), /[^\p{ASCII}]/u, 'LANG=C: ASCII signs');
});

void t.test('top --follow: a run that goes on -> seen as it comes, on a terminal and in lines', async (t) => {
  const directory = scratchOf(t);
  const lines = readFileSync(join(EIGHT, 'journal.jsonl'), 'utf8').split('\n').slice(0, -1);
  const journal = join(directory, 'journal.jsonl');
  copyFileSync(join(EIGHT, 'site.yaml'), join(directory, 'site.yaml'));
  mkdirSync(join(directory, 'console'));
  const [half, torn = ''] = [lines.slice(0, 200).join('\n'), lines[200]];
  writeFileSync(journal, `${half}\n${torn.slice(0, 20)}`);
  const pty = top(t, ['--bundle', directory, '--follow']);
  await pty.until(/ live$[^]*entry 200 of 200/m);
  const piped = metalrig(['top', '--bundle', directory, '--follow']);
  appendFileSync(journal, `${torn.slice(20)}\n`);
  await pty.until(/entry 201 of 201/);
  appendFileSync(journal, `${lines.slice(201).join('\n')}\n`);
  await pty.until(/PASS[^]*8 nodes: 8 up[^]*entry 362 of 362/);
  pty.keys('q');
  t.equal((await pty.ended).exitCode, 0);
  const { code, out } = await piped;
  t.equal(code, 0);
  t.match(out, / n0008 +up +sim: METALRIG READY/);
  t.equal(out.split('\n').filter((line) => / up +sim/.test(line)).length, 8);
});

void t.test('top: TERM=dumb, or no terminal -> one frame as plain text', async (t) => {
  const pty = top(t, ['--bundle', EIGHT], { environment: { TERM: 'dumb' } });
  t.equal((await pty.ended).exitCode, 0);
  t.notMatch(pty.written(), /ESC/);
  t.match(pty.written(), / SIM {2}fleet of eight/);
  const { out } = await command(['top', '--bundle', EIGHT]);
  t.match(out, /8 nodes: 8 up/);
  t.notOk(out.includes('\u001b'));
});

void t.test('top --json -> nodes, faults, at last the moment; by a token played again, at an entry', async (t) => {
  const { lines: whole } = await command(['top', '--bundle', EIGHT, '--json']);
  t.match(whole.at(-1), { type: 'top', version: 1, world: 'sim', verdict: 'pass', nodes: 8, entry: 362 });
  t.match(whole[0], { type: 'node', id: 'n0001', power: 'on', boot: { state: 'up' }, waiting: null });
  const { token } = JSON.parse(readFileSync(join(EIGHT, 'report.json'), 'utf8')) as { readonly token: string };
  const { lines } = await command(['top', '--bundle', `${token}@100`, '--json'], { cwd: scratchOf(t) });
  t.match(lines.at(-1), { type: 'top', verdict: null, entry: 100 });
  t.match(
    lines.filter((line) => (line as { readonly type: string }).type === 'build').length,
    8,
    'a boot of each node',
  );
  t.match(lines[0], { waiting: { machine: 'boot:n0001', tried: [], usual_count: 0 } });
});

void t.test('replay TOKEN@SEQ -> tells where everything stood then', async (t) => {
  const { code, out } = await command(['replay', `${EIGHT}@100`]);
  t.equal(code, 0);
  t.match(out, /PASS {2}100 entries/);
  t.match(out, /boot:n0001 +\S+ +waits for boot\.await/);
});

void t.test('top: used wrongly -> exit 2 or 1, and what to do', async (t) => {
  t.match(await command(['top'], { environment: { METALRIG_RACKS: scratchOf(t) } }), { code: 2, err: /RCK-001/ });
  t.match(await command(['top', '--bundle', EIGHT, '--once', '--size', 'big']), { code: 2, err: /80x24/ });
  t.match(await command(['top', '--bundle', 'nowhere']), { code: 1, err: /JRN-005/ });
  t.match(await command(['top', '--bundle', 'nowhere', '--follow']), { code: 1, err: /JRN-005/ });
});
