// Runs the compiled tests, each file a process of its own, and ends with one line of totals: `N passed, N failed`.
// A tap test is a program that prints TAP. tap's own runner loads hooks for coverage and mocks into every process below
// it, those that a test starts too: that doubled the CPU time of a whole run.
//
//   node test/run.mjs [--fast] [FILTER...]
//
// --fast leaves out *.world.test.ts: the tests that need QEMU, packages or namespaces. A FILTER is a part of a path.
// World tests run when the rest is done: deployments beside the others, each kind one after the other, since more than
// two QEMUs at once make each other late.
// Properties begin at one seed, the same each time (test/seed.mjs); METALRIG_TEST_SEED=random has them begin afresh.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seedOf } from './seed.mjs';
import { tapReader } from './tap-reader.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Ten minutes: a world test builds its payload from packages the first time. */
const WORLD = { timeout_s: 600 };
/** Deployments to disks: as long as all the others together, and nothing in them minds being slow. */
const PATIENT = ['services/deploy/', 'tui/shared-writes', 'payload/mesh-payload'];
/** Far above what any of them takes (7 s), for a machine that is busy with other things. */
const FAST = { jobs: Math.max(2, availableParallelism()), timeout_s: 180 };
/** They take longest: begun last, one of them would run alone. */
const FIRST = ['tui/', 'docs.', 'multicast.', 'properties/'];

/** One for all files: `random` is drawn here. */
const SEED = String(seedOf(process.env.METALRIG_TEST_SEED));
const NODE_OPTIONS = ['--import', './test/seed.mjs', '--enable-source-maps'];

const { values, positionals } = parseArgs({ options: { fast: { type: 'boolean' } }, allowPositionals: true });
process.exitCode = await main(values.fast === true, positionals.map(stemOf));

async function main(isFast, filters) {
  if (process.env.METALRIG_TEST_SEED !== undefined) console.log(`METALRIG_TEST_SEED=${SEED}`);
  const chosen = testFiles().filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)));
  const missing = chosen.filter((file) => !existsSync(join(ROOT, compiled(file))));
  if (missing.length > 0) {
    console.error(`not compiled: ${missing.join(', ')}; run npm run build`);
    return 1;
  }
  const isWorld = (file) => file.endsWith('.world.test');
  const total = { pass: 0, fail: 0, skip: 0, todo: 0 };
  const count = (counted) => {
    for (const key of Object.keys(total)) total[key] += counted[key] ?? 0;
  };
  const quick = chosen.filter((file) => !isWorld(file));
  await Promise.all(Array.from({ length: FAST.jobs }, () => runEach(quick, FAST.timeout_s, count)));
  const worlds = isFast ? [] : chosen.filter(isWorld);
  const isPatient = (file) => PATIENT.some((part) => file.includes(part));
  const lanes = [worlds.filter((file) => !isPatient(file)), worlds.filter(isPatient)];
  await Promise.all(lanes.map((files) => runEach(files, WORLD.timeout_s, count)));
  const rest = [
    ...(total.skip > 0 ? [`, ${total.skip} skipped`] : []),
    ...(total.todo > 0 ? [`, ${total.todo} todo`] : []),
  ];
  if (total.pass + total.fail === 0) console.error('no test ran');
  console.log(`${total.pass} passed, ${total.fail} failed${rest.join('')}`);
  return total.fail > 0 || total.pass === 0 ? 1 : 0;
}

/** `test/core/site.test` for each source: a compiled file whose source is gone does not run. */
function testFiles() {
  return readdirSync(join(ROOT, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => stemOf(join('test', file)))
    .sort()
    .sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
}

function isFirst(file) {
  return FIRST.some((part) => file.includes(part));
}

function stemOf(path) {
  return path.replace(/^(\.\/)?(dist\/)?/, '').replace(/\.[jt]s$/, '');
}

function compiled(file) {
  return join('dist', `${file}.js`);
}

/** Runs what is left of `files`, one after the other; several may take from the same list. */
async function runEach(files, timeout_s, count) {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const { lines, totals } = await runFile(file, timeout_s);
    for (const line of lines) console.log(line);
    count(totals);
  }
}

/** @returns a line for the file, every failure in full, and how many assertions held */
async function runFile(file, timeout_s) {
  const started = performance.now();
  const child = spawn(process.execPath, [...NODE_OPTIONS, join(ROOT, compiled(file))], {
    cwd: ROOT,
    env: { ...process.env, METALRIG_TEST_SEED: SEED, TAP_TIMEOUT: String(timeout_s) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  // A file that has a longer limit than ours prints what it does meanwhile.
  let lastHeard = started;
  const watch = setInterval(() => {
    // The first tells tap to say what is going on, and to end.
    if (performance.now() - lastHeard > (timeout_s + 20) * 1000) child.kill('SIGKILL');
    else if (performance.now() - lastHeard > (timeout_s + 10) * 1000) child.kill('SIGALRM');
  }, 5000);
  const reader = tapReader();
  for await (const line of createInterface({ input: child.stdout })) {
    lastHeard = performance.now();
    reader.line(line);
  }
  const [code, signal] = await closed;
  clearInterval(watch);
  return reader.end({ file, ended: code ?? signal, took_s: (performance.now() - started) / 1000 });
}
