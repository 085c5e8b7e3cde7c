import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT, scratchOf } from './run-metalrig.js';

const PASSES = `t.test('holds', async (t) => t.pass());`;

/** Test files as compiled, by name, and what the runner says of all of them. */
function toldOf(t: Parameters<typeof scratchOf>[0], files: Readonly<Record<string, string>>): Promise<string> {
  const clone = scratchOf(t);
  mkdirSync(join(clone, 'dist/test'), { recursive: true });
  mkdirSync(join(clone, 'test'));
  for (const name of ['run.mjs', 'lane.mjs', 'seed.mjs', 'tap-reader.mjs']) {
    cpSync(join(ROOT, 'test', name), join(clone, 'test', name));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(clone, 'test', `${name}.test.ts`), '');
    writeFileSync(join(clone, 'dist/test', `${name}.test.js`), `import t from 'tap';\n${body}\n`);
  }
  const { METALRIG_TEST_SEED: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ['test/run.mjs'], { cwd: clone, env }, (_error, out) => {
      resolve(out.replaceAll(/ +\d+\.\d s {2}/g, ' '));
    });
  });
}

void t.test('run: files that share a process -> each is told apart, what fails in one too', async (t) => {
  const told = await toldOf(t, {
    a: PASSES,
    b: `t.test('fails', async (t) => { t.pass(); t.equal(1, 2, 'one is two'); });`,
    c: `throw new Error('it cannot begin');`,
    d: `t.test('moves', async (t) => { t.pass(); process.chdir('/'); });`,
    e: `t.teardown(() => {}); t.test('waits a little', async (t) => { await null; t.pass(); });`,
    f: `setTimeout(() => t.test('begins late', async (t) => t.pass()), 1);`,
  });
  t.match(told, /^ok +1 test\/a\.test\.ts$/m);
  t.match(told, /^not ok +2 test\/b\.test\.ts\nnot ok {2}fails > one is two\n/m);
  t.match(told, /^not ok +1 test\/c\.test\.ts\nnot ok {2}it cannot begin\n/m);
  t.match(told, /^not ok +2 test\/d\.test\.ts\nnot ok {2}it leaves another directory or environment\n/m);
  t.match(told, /^ok +1 test\/e\.test\.ts$/m);
  t.match(told, /^ok +1 test\/f\.test\.ts$/m);
  t.match(told, /\n5 passed, 3 failed\n$/);
});

void t.test('run: a file that ends its process, one that waits for ever -> the files after them run', async (t) => {
  const told = await toldOf(t, {
    a: PASSES,
    b: `t.test('ends all', async (t) => { t.pass(); process.exit(0); });`,
    c: PASSES,
    d: `t.test('never', async () => { await new Promise(() => {}); });`,
    e: `await new Promise(() => {});`,
    f: PASSES,
    g: `t.test('fails after its end', async (t) => { t.pass(); });
        process.on('exit', () => { process.exitCode = 7; });`,
  });
  t.match(told, /^ok +1 test\/a\.test\.ts$/m);
  t.match(told, /^not ok +\d test\/b\.test\.ts\nnot ok {2}ends all > test unfinished/m);
  t.match(told, /^ok +1 test\/c\.test\.ts$/m);
  t.match(told, /^not ok +\d test\/d\.test\.ts\nnot ok {2}never/m);
  t.match(told, /^not ok +0 test\/e\.test\.ts\nno test in it\n/m);
  t.match(told, /^ok +1 test\/f\.test\.ts$/m);
  t.match(told, /^not ok +1 test\/g\.test\.ts\nit ended with 7$/m);
});
