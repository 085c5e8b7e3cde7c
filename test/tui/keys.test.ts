import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { command, metalrig, scratchOf } from '../run-metalrig.js';

void t.test('keys: made, listed and revoked -> told in words and as data, the secret in neither', async (t) => {
  const folder = join(scratchOf(t), 'keys');
  const environment = { METALRIG_KEYS: folder };
  const told: string[] = [];
  const run = async (...words: string[]) => {
    const ran = await command(['keys', ...words], { environment });
    told.push(ran.out, ran.err);
    return ran;
  };
  t.match(await run('list'), { code: 2, err: /BUS-009.*no key "rack"[\s\S]*metalrig keys init/ });
  t.match(await run('init', '--json'), { code: 0, lines: [{ type: 'keys', folder }] });
  t.match(await run('list'), { code: 0, out: 'no keys yet\n' });
  const file = join(folder, 'night-shift.key_secret');
  t.match(await run('add', 'night-shift', '--role', 'operate', '--json'), {
    code: 0,
    lines: [{ type: 'key', name: 'night-shift', role: 'operate', file }],
  });
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(await run('add', 'screen'), { code: 0, out: /screen may watch: give it .*screen.key_secret/ });
  t.match(await run('list'), { out: 'night-shift  operate\nscreen       watch\n' });
  t.match(await run('add', 'screen'), { code: 2, err: /BUS-015/ });
  const secrets = readdirSync(folder)
    .filter((name) => name.endsWith('_secret'))
    .map((name) => /secret-key = "(.*)"/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '');
  t.match(await run('revoke', 'screen', '--json'), { code: 0, lines: [{ type: 'revoked', name: 'screen' }] });
  t.match(await run('revoke', 'screen'), { code: 2, err: /BUS-009/ });
  t.match(await run('list', '--json'), { lines: [{ keys: [{ name: 'night-shift', role: 'operate' }] }] });
  t.equal(secrets.length, 3);
  for (const secret of secrets) t.notOk(told.join('').includes(secret) || secret.length !== 40);
});

void t.test('keys: wrong words -> exit 2 and what it takes; a folder that is none -> BUS-017', async (t) => {
  for (const words of [['make'], ['add'], ['init', 'x'], ['add', 'A B'], ['add', 'a', '--role', 'all']]) {
    t.equal((await command(['keys', ...words])).code, 2, words.join(' '));
  }
  const folder = join(scratchOf(t), 'file');
  writeFileSync(folder, '');
  t.match(await command(['keys', 'init', '--dir', join(folder, 'keys')]), { code: 2, err: /BUS-017.*ENOTDIR/ });
});

/** From here on asking for the native module ends the program. */
const WITHOUT_ZEROMQ = `
  import Module from 'node:module';
  const load = Module._load;
  Module._load = (name, ...more) => {
    if (name === 'zeromq') process.exit(99);
    return load(name, ...more);
  };
`;

void t.test('keys: as a program of its own -> the native module is loaded only by what makes keys', async (t) => {
  const folder = join(scratchOf(t), 'keys');
  t.match(await metalrig(['keys', 'init', '--dir', folder]), { code: 0, err: '' });
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WITHOUT_ZEROMQ)}` };
  t.match(await metalrig(['keys', 'list', '--dir', folder], { environment }), { code: 0, out: 'no keys yet\n' });
  t.match(await metalrig(['keys', 'add', 'a', '--dir', folder], { environment }), { code: 99 });
});
