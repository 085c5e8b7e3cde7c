// Runs the compiled tests with tap and ends with one line of totals: `N passed, N failed`.
//
//   node test/run.mjs [--fast] [FILTER...]
//
// --fast leaves out *.world.test.ts: the tests that need QEMU, packages or namespaces. A FILTER is a part of a path.
// World tests run when the rest is done: deployments beside the others, each kind one after the other, since more than
// two QEMUs at once make each other late.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tapReader } from './tap-reader.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Ten minutes: a world test builds its payload from packages the first time. */
const WORLD = { jobs: 1, timeout_s: 600 };
/** Deployments to disks: as long as all the others together, and nothing in them minds being slow. */
const PATIENT = ['services/deploy/'];
/** Far above what any of them takes (7 s), for a machine that is busy with other things. */
const FAST = { jobs: 2, timeout_s: 180 };

const { values, positionals } = parseArgs({ options: { fast: { type: 'boolean' } }, allowPositionals: true });
process.exitCode = await main(values.fast === true, positionals.map(stemOf));

async function main(isFast, filters) {
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
  if (quick.length > 0) count(await runTap(quick, FAST));
  // A file that hangs takes tap and the files after it along (tap 21.8.0): each world test has a tap of its own.
  const worlds = isFast ? [] : chosen.filter(isWorld);
  const isPatient = (file) => PATIENT.some((part) => file.includes(part));
  const lanes = [worlds.filter((file) => !isPatient(file)), worlds.filter(isPatient)];
  await Promise.all(
    lanes.map(async (files) => {
      for (const file of files) count(await runTap([file], WORLD));
    }),
  );
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
    .sort();
}

function stemOf(path) {
  return path.replace(/^(\.\/)?(dist\/)?/, '').replace(/\.[jt]s$/, '');
}

function compiled(file) {
  return join('dist', `${file}.js`);
}

/** Prints a line a file and every failure in full. */
async function runTap(files, { jobs, timeout_s }) {
  const options = ['--reporter=tap', '--disable-coverage', `-j${jobs}`, `--timeout=${timeout_s}`];
  const argv = [join(ROOT, 'node_modules/.bin/tap'), ...options, ...files.map(compiled)];
  const tap = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    tap.once('error', reject);
    tap.once('close', (code, signal) => resolve(code ?? signal));
  });
  const reader = tapReader((text) => console.log(text));
  for await (const line of createInterface({ input: tap.stdout })) reader.line(line);
  const end = await ended;
  const totals = reader.end();
  // tap's own totals count assertions; a file that never answered has none, so it is counted here.
  const silent = files.filter((file) => !totals.files.has(stemOf(file)));
  for (const file of silent) console.log(`not ok  ${file}.ts never reported`);
  const fail = totals.fail + silent.length;
  if (end !== 0 && fail === 0) console.log(`not ok  tap ended with ${end}`);
  return { ...totals, fail: end !== 0 && fail === 0 ? 1 : fail };
}
