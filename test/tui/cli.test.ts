import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { COMMAND_NAMES } from '../../tui/commands.js';
import { command, metalrig, ROOT, scratchOf } from '../run-metalrig.js';

const SCENARIO = join(ROOT, 'scenarios', 'root-node.scenario.yaml');
const SITE = readFileSync(join(ROOT, 'scenarios', 'sites', 'bench.site.yaml'), 'utf8');
t.setTimeout(180_000);
const NO_STACK = /\n\s+at /;

void t.test('help: every command -> usage within 80 columns, exit 0', async (t) => {
  for (const name of COMMAND_NAMES) {
    const { code, out } = await command([name, '--help']);
    t.equal(code, 0, name);
    t.match(out, `metalrig ${name}`);
    t.match(out, '--json');
    t.ok(
      out.split('\n').every((line) => line.length <= 80),
      `${name} fits 80 columns`,
    );
  }
});

void t.test('start: what V8 compiled is kept; missing, cut short or spoilt -> the same is printed', async (t) => {
  const expected = (await metalrig(['graph', 'boot', '--json'])).out;
  const directory = join(ROOT, 'dist', 'bundle', '.cache');
  const kept = join(directory, readdirSync(directory).find((name) => name.startsWith('graph-')) ?? 'none');
  const content = readFileSync(kept);
  for (const spoilt of [Buffer.alloc(0), content.subarray(0, 1000), Buffer.from(content).fill(0x5a, 5_000, 5_400)]) {
    writeFileSync(kept, spoilt);
    const { code, out } = await metalrig(['graph', 'boot', '--json']);
    t.same([code, out === expected], [0, true]);
    t.ok(readFileSync(kept).length > 5_400, 'kept anew');
  }
});

void t.test('usage: a wrong word -> exit 2, a remedy, no stack trace', async (t) => {
  const wrong = [
    [],
    ['rnu'],
    ['run'],
    ['run', SCENARIO, '--on', 'mars'],
    ['run', SCENARIO, '--seed', 'x'],
    ['run', SCENARIO, '--sed', '1'],
    ['graph', 'bot'],
    ['graph', '--format', 'png'],
    ['schema', 'rack'],
    ['replay'],
    ['run', SCENARIO, '--on', 'real'],
  ];
  for (const words of wrong) {
    const { code, out, err } = await command(words);
    t.equal(code, 2, words.join(' '));
    t.notMatch(err, NO_STACK);
    t.ok((out + err).length > 0, 'something is said');
  }
  t.equal((await metalrig(['rnu'])).code, 2, 'the program ends with it');
});

void t.test('run: in simulation -> stages, a report, a bundle that replays by name and by token', async (t) => {
  const cwd = scratchOf(t);
  const ran = await command(['run', SCENARIO, '--on', 'sim', '--seed', '7', '--out', 'b', '--json'], { cwd });
  t.equal(ran.code, 0);
  const report = ran.lines.at(-1) ?? {};
  t.match(report, { type: 'report', version: 1, verdict: 'pass', world: 'sim', seed: 7 });
  const stages = ran.lines.filter(({ type }) => type === 'stage').map(({ state }) => state);
  t.strictSame(stages, [
    'firmware',
    'pxe.dhcp',
    'pxe.tftp',
    'ipxe.dhcp',
    'iscsi.login',
    'iscsi.boot',
    'bootloader',
    'kernel',
    'userland',
    'up',
  ]);
  const token = String(report['token']);
  for (const name of ['b', token]) {
    const replayed = await command(['replay', name, '--json'], { cwd });
    t.equal(replayed.code, 0, `replay ${name}`);
    t.match(replayed.lines.at(-1), { verdict: 'pass', faults: [] });
    t.strictSame(
      replayed.lines.filter(({ type }) => type === 'stage').map(({ state }) => state),
      stages,
    );
  }
  const halfWay = await command(['replay', 'b', '--to', '20', '--json'], { cwd });
  t.match(
    halfWay.lines.find(({ machine }) => machine === 'boot:root1'),
    { state: 'pxe.dhcp' },
  );
});

void t.test('run: the same seed twice -> the same journal byte for byte; another seed -> another', async (t) => {
  const cwd = scratchOf(t);
  for (const [name, seed] of [
    ['a', '7'],
    ['b', '7'],
    ['c', '8'],
  ] as const) {
    await metalrig(['run', SCENARIO, '--on', 'sim', '--seed', seed, '--out', name], { cwd });
  }
  const journal = (name: string) => readFileSync(join(cwd, name, 'journal.jsonl'), 'utf8');
  t.equal(journal('a'), journal('b'));
  t.not(journal('a'), journal('c'));
});

void t.test('run: piped -> no escape codes, one line a stage, within 80 columns', async (t) => {
  const { out } = await metalrig(['run', SCENARIO, '--on', 'sim', '--out', join(scratchOf(t), 'b')]);
  t.notMatch(out, '\u001b');
  const stages = out.split('\n').filter((line) => /^ +\d+\.\d{3} s/.test(line));
  t.equal(stages.length, 10);
  t.ok(stages.every((line) => line.length <= 80));
});

void t.test('run: the node ends otherwise than expected -> exit 1, and the report says so', async (t) => {
  const cwd = withFiles(
    scratchOf(t),
    scenario('expect: { nodes: { root1: { outcome: up } } }\nmishaps:\n  - { mishap: dhcp.mute, node: root1 }'),
  );
  const { code, lines } = await metalrig(['run', 's.yaml', '--on', 'sim', '--out', 'b', '--json'], { cwd });
  t.equal(code, 1);
  t.match(lines.at(-1), { verdict: 'fail', faults: [{ code: 'BOOT-002' }, { code: 'RUN-002' }] });
});

void t.test(
  'run: a scenario or site with faults -> exit 2, file:line:column, all of them, nothing written',
  async (t) => {
    const cwd = withFiles(scratchOf(t), scenario('expcet: {}\nexpect: { nodes: { root9: { outcome: up } } }'));
    const { code, err } = await metalrig(['run', 's.yaml', '--on', 'sim', '--out', 'b'], { cwd });
    t.equal(code, 2);
    t.match(err, /^s\.yaml:\d+:\d+: /m);
    t.notMatch(err, NO_STACK);
    const missing = await command(['run', 'nowhere.yaml', '--json'], { cwd });
    t.equal(missing.code, 2);
    t.match(missing.lines, [{ type: 'fault', code: 'CFG-003' }]);
    t.equal((await command(['replay', 'b'], { cwd })).code, 1, 'no bundle was made');
  },
);

void t.test('run: the bundle holds a run already -> refused, the old run untouched', async (t) => {
  const cwd = scratchOf(t);
  await command(['run', SCENARIO, '--on', 'sim', '--out', 'b'], { cwd });
  const before = readFileSync(join(cwd, 'b', 'journal.jsonl'), 'utf8');
  const again = await command(['run', SCENARIO, '--on', 'sim', '--out', 'b'], { cwd });
  t.equal(again.code, 1);
  t.match(again.err, 'JRN-003');
  t.equal(readFileSync(join(cwd, 'b', 'journal.jsonl'), 'utf8'), before);
});

void t.test('run: the bundle cannot be made -> JRN-003 with a remedy, exit 1, no stack trace', async (t) => {
  const cwd = scratchOf(t);
  writeFileSync(join(cwd, 'file'), '');
  for (const out of ['/proc/metalrig', join('file', 'b'), 'file']) {
    const { code, err } = await command(['run', SCENARIO, '--on', 'sim', '--out', out], { cwd });
    t.equal(code, 1, out);
    t.match(err, 'JRN-003');
    t.notMatch(err, NO_STACK);
  }
});

void t.test('replay: a torn last line is left out and told, any other break is refused by its number', async (t) => {
  const cwd = scratchOf(t);
  await command(['run', SCENARIO, '--on', 'sim', '--out', 'b'], { cwd });
  const file = join(cwd, 'b', 'journal.jsonl');
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, '{"seq":48,"at":121');
  const torn = await command(['replay', 'b', '--json'], { cwd });
  t.equal(torn.code, 0);
  t.match(torn.lines.at(-1), { torn: 18 });
  const lines = whole.split('\n');
  writeFileSync(file, [...lines.slice(0, 9), ...lines.slice(10)].join('\n'));
  const cut = await command(['replay', 'b', '--json'], { cwd });
  t.equal(cut.code, 1);
  t.match(cut.lines, [{ type: 'fault', code: 'JRN-001', entry: 10 }]);
});

void t.test('graph and schema: what they print is what they say', async (t) => {
  const mermaid = await metalrig(['graph', 'boot', '--format', 'mermaid']);
  t.match(mermaid.out, 'stateDiagram-v2');
  t.match(mermaid.out, 'pxe_dhcp --> pxe_tftp');
  t.match((await command(['graph', 'boot', '--json'])).lines, [{ id: 'boot', initial: 'off' }]);
  t.match((await command(['schema', 'site', '--json'])).lines, [{ type: 'object' }]);
});

function scenario(more: string): string {
  return `version: 1\nname: mine\ndescription: A test.\nsite: bench.site.yaml\n${more}\n`;
}

function withFiles(directory: string, text: string): string {
  writeFileSync(join(directory, 'bench.site.yaml'), SITE);
  writeFileSync(join(directory, 's.yaml'), text);
  return directory;
}
