import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT, scratchOf } from '../run-metalrig.js';

t.setTimeout(300_000);

void t.test('package: packed, installed into an empty folder -> runs there', async (t) => {
  const scratch = scratchOf(t);
  const home = join(scratch, 'home');
  mkdirSync(home);
  t.equal((await run(['npm', 'pack', '--pack-destination', scratch], ROOT)).code, 0, 'npm pack');
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? '';
  const install = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', join(scratch, tarball)];
  const installed = await run(install, home);
  t.equal(installed.code, 0, installed.code === 0 ? 'npm install' : installed.err);

  const own = join(home, 'node_modules', 'metalrig');
  const files = readdirSync(own, { recursive: true, encoding: 'utf8' });
  t.strictSame(
    files.filter((name) => /\.(map|ts)$|^test|^dist.test/.test(name)),
    [],
    'no maps, sources or tests',
  );
  // What is found by its place relative to the code: guest files and scenarios; what a reader looks for: pages.
  for (const name of ['drivers/payload/guest/init.c', 'scenarios/sites/bench.site.yaml', 'docs/generated/faults.md']) {
    t.ok(existsSync(join(own, name)), name);
  }

  const scenario = join('node_modules', 'metalrig', 'scenarios', 'root-node.scenario.yaml');
  const npx = ['npx', '--no-install', 'metalrig'];
  const ran = await run([...npx, 'run', scenario, '--on', 'sim', '--seed', '7', '--out', 'b', '--json'], home);
  t.equal(ran.code, 0, ran.err);
  t.match(JSON.parse(ran.out.trimEnd().split('\n').at(-1) ?? ''), { type: 'report', verdict: 'pass', seed: 7 });
  t.equal((await run([...npx, 'replay', 'b'], home)).code, 0, 'replay');
  // 3 where the host cannot emulate; what counts is that every driver's code is there.
  t.ok([0, 3].includes((await run([...npx, 'doctor', '--json'], home)).code ?? -1), 'doctor');
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As a user types it: without what npm tells the scripts that it runs, such as these tests, about their package. */
function run([program = '', ...words]: readonly string[], cwd: string): Promise<Ended> {
  const isTold = (name: string): boolean => /^(npm_(package|lifecycle|config_local_prefix)|INIT_CWD)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isTold(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
