// Runs the compiled tests and ends with one line of totals: `N passed, N failed`. A tap test is a program that prints
// TAP; short ones share a process (lane.mjs). tap's own runner loads hooks for coverage and mocks into every process
// below it, those that a test starts too: that doubled the CPU time of a whole run.
//
//   node test/run.mjs [--fast] [FILTER...]
//
// --fast leaves out *.world.test.ts: the tests that need QEMU, packages or namespaces. A FILTER is a part of a path.
// World tests run when the rest is done, each a process of its own: deployments beside the others, each kind one after
// the other, since more than two QEMUs at once make each other late.
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
/**
 * Deployments to disks, and what starts no QEMU: as long as all the others together, and nothing in them minds being
 * slow. The longest come first.
 */
const PATIENT = [
  ...['services/deploy/', 'tui/shared-writes', 'payload/mesh-payload', 'dark-store/', 'drivers/ipmi/'],
  ...['emulated-bmc/ipmitool', 'multicast.', 'services/iscsi.', 'services/tcp.', 'worlds/package', 'icalendar/'],
];
/**
 * One process more than processors, since some wait for others. The limit of a file is far above what any of them takes
 * (7 s), for a machine that is busy with other things.
 */
const FAST = { jobs: availableParallelism() + 1, timeout_s: 180, together: 10 };
/** They take longest: begun last, or in a process with others, one of them would run when all the rest is done. */
const LONG = ['test/docs.', 'multicast.', 'properties/runs', 'test/tidy.', 'fleet-days', 'zmq-bus/crash', 'cli.'];

/** One for all files: `random` is drawn here. */
const SEED = String(seedOf(process.env.METALRIG_TEST_SEED));
const NODE_OPTIONS = ['--import', './test/seed.mjs', '--enable-source-maps'];

const { values, positionals } = parseArgs({ options: { fast: { type: 'boolean' } }, allowPositionals: true });
process.exitCode = await main(values.fast === true, positionals.map(stemOf));

async function main(isFast, filters) {
  if (process.env.METALRIG_TEST_SEED !== undefined) console.log(`METALRIG_TEST_SEED=${SEED}`);
  const chosen = testFiles().filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)));
  const missing = chosen.filter((file) => !existsSync(join(ROOT, 'dist', `${file}.js`)));
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
  const shares = inShares(quick);
  await Promise.all(Array.from({ length: FAST.jobs }, () => runEach(shares, FAST.timeout_s, count)));
  const worlds = isFast ? [] : chosen.filter(isWorld);
  const isPatient = (file) => PATIENT.some((part) => file.includes(part));
  const lanes = [worlds.filter((file) => !isPatient(file)), worlds.filter(isPatient).sort(byPatience)];
  await Promise.all(
    lanes.map((files) =>
      runEach(
        files.map((file) => [file]),
        WORLD.timeout_s,
        count,
      ),
    ),
  );
  const rest = [
    ...(total.skip > 0 ? [`, ${total.skip} skipped`] : []),
    ...(total.todo > 0 ? [`, ${total.todo} todo`] : []),
  ];
  if (total.pass + total.fail === 0) console.error('no test ran');
  console.log(`${total.pass} passed, ${total.fail} failed${rest.join('')}`);
  return total.fail > 0 || total.pass === 0 ? 1 : 0;
}

function byPatience(a, b) {
  const rank = (file) => PATIENT.findIndex((part) => file.includes(part));
  return rank(a) - rank(b);
}

/** `test/core/site.test` for each source: a compiled file whose source is gone does not run. */
function testFiles() {
  return readdirSync(join(ROOT, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => stemOf(join('test', file)))
    .sort((a, b) => a.localeCompare(b));
}

/** The same files share a process in every run of all of them: what one does to another happens again. */
function inShares(files) {
  const isLong = (file) => LONG.some((part) => file.includes(part));
  const short = files.filter((file) => !isLong(file));
  const count = Math.ceil(short.length / FAST.together);
  const shares = Array.from({ length: count }, (_, at) => short.filter((_, index) => index % count === at));
  return [...files.filter(isLong).map((file) => [file]), ...shares];
}

function stemOf(path) {
  return path.replace(/^(\.\/)?(dist\/)?/, '').replace(/\.[jt]s$/, '');
}

/** Runs what is left of `shares`, one after the other; several may take from the same list. */
async function runEach(shares, timeout_s, count) {
  for (let files = shares.shift(); files !== undefined; files = shares.shift()) {
    // A file that ends its process leaves those after it to another.
    while (files.length > 0) files = await runFiles(files, { timeout_s, count });
  }
}

/**
 * Runs files in one process. Prints a line for each and every failure in full, and counts the assertions that held.
 *
 * @returns the files that it did not come to
 */
async function runFiles(files, { timeout_s, count }) {
  let failed = 0;
  const told = ({ lines, totals }) => {
    for (const line of lines) console.log(line);
    failed += totals.fail;
    count(totals);
  };
  const programs = files.map((file) => join('dist', `${file}.js`));
  const words = programs.length === 1 ? programs : ['test/lane.mjs', ...programs];
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...words], {
    cwd: ROOT,
    env: { ...process.env, METALRIG_TEST_SEED: SEED, TAP_TIMEOUT: String(timeout_s) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const watched = watch(child, timeout_s);
  const left = [...files];
  let reader = tapReader({ file: left.shift() });
  for await (const line of createInterface({ input: child.stdout })) {
    watched.heard();
    reader.line(line);
    if (!line.startsWith('# ended: ') || left.length === 0) continue;
    told(reader.end(0));
    reader = tapReader({ file: left.shift(), before: reader.printed() });
  }
  const [code, signal] = await closed;
  watched.end();
  // tap ends with 1 where any file failed, and the last one need not be it.
  told(reader.end(code === 1 && failed > 0 ? 0 : (code ?? signal)));
  return left;
}

/** Ends a process that prints nothing for too long. A file that has a longer limit than ours prints what it does. */
function watch(child, timeout_s) {
  let lastHeard = performance.now();
  const timer = setInterval(() => {
    // The first tells tap to say what is going on, and to end.
    if (performance.now() - lastHeard > (timeout_s + 20) * 1000) child.kill('SIGKILL');
    else if (performance.now() - lastHeard > (timeout_s + 10) * 1000) child.kill('SIGALRM');
  }, 5000);
  return { heard: () => (lastHeard = performance.now()), end: () => clearInterval(timer) };
}
