import t from 'tap';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEYS_AT_START, pressed, type KeyAct } from '../../tui/console/keys.js';
import { eventLine, headerLine } from '../../tui/console/recording.js';
import { command } from '../run-metalrig.js';
import { consoleSite } from './console-site.js';

function actsOf(pieces: readonly string[]): readonly KeyAct[] {
  let keys = KEYS_AT_START;
  return pieces.flatMap((piece) => {
    const now = pressed(keys, piece);
    keys = now.keys;
    return now.acts;
  });
}

const typedOf = (acts: readonly KeyAct[]): string => acts.map((act) => (act.kind === 'type' ? act.text : '')).join('');
const kindsOf = (acts: readonly KeyAct[]): string => acts.map(({ kind }) => kind).join(' ');

void t.test('console keys: ~ at the start of a line is ours, anywhere else it is typed', async (t) => {
  for (const [text, typed, kinds] of [
    ['ls\r~.', 'ls\r', 'type leave'],
    ['~.', '', 'leave'],
    ['~~.\r', '~.\r', 'type'],
    ['a~.\r', 'a~.\r', 'type'],
    ['~!x', 'x', 'force type'],
    ['~?~.', '', 'help leave'],
    ['~x\r', '~x\r', 'type'],
    ['\u0003\u001b[A', '\u0003\u001b[A', 'type'],
  ] as const) {
    t.equal(typedOf(actsOf([text])), typed, JSON.stringify(text));
    t.equal(kindsOf(actsOf([text])), kinds, JSON.stringify(text));
  }
});

void t.test('console keys: for every text and every cutting of it -> the same acts', async (t) => {
  const texts = fc.array(fc.constantFrom('~', '.', '!', '?', '\r', '\n', 'a', '\u0003')).map((all) => all.join(''));
  fc.assert(
    fc.property(texts, fc.array(fc.nat(5)), (text, cuts) => {
      const pieces = [...cuts, text.length].map((length, index) => {
        const from = cuts.slice(0, index).reduce((sum, cut) => sum + cut, 0);
        return text.slice(from, from + length);
      });
      const [whole, cut] = [actsOf([text]), actsOf(pieces)];
      const others = (acts: readonly KeyAct[]) => acts.filter(({ kind }) => kind !== 'type');
      return typedOf(whole) === typedOf(cut) && kindsOf(others(whole)) === kindsOf(others(cut));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => text.includes('~') || typedOf(actsOf([text])) === text),
  );
  t.pass();
});

void t.test('console recording: a header and a line a piece, with its time, as asciinema has it', async (t) => {
  const header: unknown = JSON.parse(headerLine({ path: 'x', node: 'root1', startedAt: 5, startedAt_s: 1795288441.5 }));
  t.match(header, { version: 2, width: 80, height: 25, timestamp: 1795288441 });
  t.equal(eventLine(1000, { at: 2500.25, text: 'a"\u001b\r\n' }), '[1.50025,"o","a\\"\\u001b\\r\\n"]\n');
});

void t.test('console: nowhere to attach to -> exit 2, and what is missing', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'console-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const site = join(directory, 'a.site.yaml');
  writeFileSync(site, consoleSite('world: emulated, bmc: { protocol: ipmi, user: admin, password: { env: NO_SUCH } }'));
  for (const [words, code, says] of [
    [['n1'], 2, /it takes --site FILE/],
    [['n2', '--site', site], 2, /there is no node "n2" in .*; did you mean n1\?/],
    [['n1', '--site', site], 2, /HND-003 n1 is emulated, and the rack of .* is not up/],
    [['n1', '--site', site, '--at', 'nowhere'], 2, /--at takes HOST:PORT/],
    [['n1', '--site', site, '--at', '127.0.0.1:9'], 2, /SEC-001 .*NO_SUCH/],
  ] as const) {
    const ran = await command(['console', ...words]);
    t.equal(ran.code, code);
    t.match(ran.err, says);
  }
  const environment = { NO_SUCH: 'opensesame', PATH: directory };
  const without = await command(['console', 'n1', '--site', site, '--at', '127.0.0.1:9'], { environment });
  t.equal(without.code, 3);
  t.match(without.err, /HOST-001 the program ipmitool is not installed\n +Install it: apt-get install ipmitool/);
});
