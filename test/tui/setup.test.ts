import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runProcess, type RunResult } from '../../drivers/process/run.js';

const SCRIPT = fileURLToPath(new URL('../../../tui/setup.mjs', import.meta.url));

// A clone in small: npm and tsc are tiny programs that note down that they were called.
const clone = await mkdtemp(join(tmpdir(), 'metalrig-setup-'));
t.teardown(() => rm(clone, { recursive: true }));
await place('tui/setup.mjs', await readFile(SCRIPT, 'utf8'));
await place('tui/packages.mjs', await readFile(join(dirname(SCRIPT), 'packages.mjs'), 'utf8'));
await place('core/a.ts', 'export {};');
await place('package.json', '{}');
await lock('package-lock.json', '1.0.0');
await place(
  'bin/npm',
  `#!/bin/sh
echo npm >>calls
[ -e npm-fails ] && exit 1
/bin/cp package-lock.json node_modules/.package-lock.json
`,
);
await place(
  'node_modules/typescript/bin/tsc',
  `const files = require('fs');
files.appendFileSync('calls', 'tsc\\n');
process.exit(files.existsSync('tsc-fails') ? 2 : 0);
`,
);
await place('tui/bundle.mjs', '');
await chmod(join(clone, 'bin/npm'), 0o755);

void t.test('setup: a clone without node_modules -> npm ci and tsc once, then nothing and not a word', async (t) => {
  t.equal((await setup()).exitCode, 0);
  t.same(await calls(), ['npm', 'tsc']);
  const again = await setup();
  t.same([again.exitCode, linesOf(again, 'node_modules', 'build'), await calls()], [0, ['ready', 'ready'], []]);
  t.notMatch(again.errorTail, /npm|compiling/);
});

void t.test(
  'setup: the lock file asks for another version -> npm ci; when that fails -> exit 3, and again next time',
  async (t) => {
    await lock('package-lock.json', '2.0.0');
    await place('npm-fails', '');
    t.equal((await setup()).exitCode, 3);
    t.same(await calls(), ['npm']);
    await rm(join(clone, 'npm-fails'));
    t.equal((await setup()).exitCode, 0);
    t.same(await calls(), ['npm', 'tsc']);
  },
);

void t.test('setup: a source changed -> tsc; when that fails -> exit 1, and again next time', async (t) => {
  await utimes(join(clone, 'core/a.ts'), 1, 1);
  await place('tsc-fails', '');
  t.equal((await setup()).exitCode, 1);
  await rm(join(clone, 'tsc-fails'));
  t.equal((await setup()).exitCode, 0);
  t.same(await calls(), ['tsc', 'tsc']);
});

void t.test('setup: a source went -> what was compiled from it goes too, what has a source stays', async (t) => {
  await place('dist/core/a.js', '');
  await place('dist/core/gone.js', '');
  await place('dist/core/gone.d.ts', '');
  await place('core/b.ts', '');
  t.equal((await setup()).exitCode, 0);
  t.same(
    ['a.js', 'gone.js', 'gone.d.ts'].map((file) => existsSync(join(clone, 'dist/core', file))),
    [true, false, false],
  );
});

void t.test('setup: bad words -> exit 2 and the usage; --help -> exit 0', async (t) => {
  for (const words of [['--for'], ['--for', 'dinner'], ['start']]) {
    const result = await run(words);
    t.equal(result.exitCode, 2);
    t.match(result.errorTail, /usage: node tui\/setup\.mjs/);
  }
  const help = await run(['--help']);
  t.equal(help.exitCode, 0);
  t.match(help.output.toString(), /exit codes/);
});

/** `start` goes on without the Debian packages, so the host's don't matter here. */
function setup(): Promise<RunResult> {
  return run(['--for', 'start', '--json']);
}

/** PATH holds our npm and no apt-get: nothing of the host can be changed. */
function run(words: readonly string[]): Promise<RunResult> {
  const environment = { PATH: join(clone, 'bin') };
  return runProcess({
    argv: [process.execPath, join(clone, 'tui/setup.mjs'), ...words],
    directory: clone,
    environment,
  });
}

function linesOf(result: RunResult, ...steps: readonly string[]): readonly string[] {
  const text = result.output.toString();
  return steps.map((step) => new RegExp(`"step":"${step}","state":"(\\w+)"`).exec(text)?.[1] ?? 'missing');
}

/** What was called since it was last asked. */
async function calls(): Promise<readonly string[]> {
  const file = join(clone, 'calls');
  const text = existsSync(file) ? await readFile(file, 'utf8') : '';
  await rm(file, { force: true });
  return text.split('\n').filter((line) => line !== '');
}

async function lock(file: string, version: string): Promise<void> {
  await place(
    file,
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: `sha512-${version}` } } }),
  );
}

async function place(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(clone, path)), { recursive: true });
  await writeFile(join(clone, path), content);
}
