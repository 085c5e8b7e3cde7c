// Hunts for counterexamples: runs the compiled test files that have properties over and over, from a fresh seed each.
// `npm test` plays the same cases each time, for its answer must be about the tree alone; here every run has others.
//
//   node test/soak.mjs [--for 10m] [--worlds] [FILTER...]
//
// --for takes 90s, 10m or 8h. --worlds takes in *.world.test.ts, which need QEMU, packages or namespaces.
// A FILTER is a part of a path. Each failure is told once, with how to see it again; an interrupt ends it with totals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freshSeed } from './seed.mjs';
import { tapReader } from './tap-reader.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SPANS_MS = { s: 1000, m: 60_000, h: 3_600_000 };
/** Far above what any of them takes, world tests too. */
const MOST_S = 900;

const { values, positionals } = parseArgs({
  options: { for: { type: 'string', default: '10m' }, worlds: { type: 'boolean' } },
  allowPositionals: true,
});
process.exitCode = await main(values.for, values.worlds === true, positionals);

async function main(span, withWorlds, filters) {
  const [, number, unit] = /^(\d+)([smh])$/.exec(span) ?? [];
  if (unit === undefined) {
    console.error(`--for is '${span}': say it as 90s, 10m or 8h`);
    return 2;
  }
  const files = propertyFiles(withWorlds).filter(
    (file) => filters.length === 0 || filters.some((part) => file.includes(part.replace(/\.[jt]s$/, ''))),
  );
  const missing = files.filter((file) => !existsSync(join(ROOT, compiled(file))));
  if (files.length === 0 || missing.length > 0) {
    console.error(files.length === 0 ? 'no file has properties' : `not compiled: ${missing.join(', ')}`);
    return 2;
  }
  return await soak(files, Number(number) * SPANS_MS[unit]);
}

async function soak(files, most_ms) {
  const until = performance.now() + most_ms;
  const seen = new Map();
  let runs = 0;
  let isOver = false;
  const stop = () => (isOver = true);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  while (!isOver && performance.now() < until) {
    const file = files[runs % files.length];
    const seed = freshSeed();
    const { line, failures } = await runFile(file, seed);
    if (isOver) break;
    runs += 1;
    if (failures.length > 0) tell(seen, { file, seed, line, failures });
  }
  for (const { title, times } of seen.values()) console.log(`${times} times: ${title}`);
  console.log(`${runs} runs of ${Math.min(runs, files.length)} files, ${seen.size} failing`);
  return seen.size > 0 || runs === 0 ? 1 : 0;
}

/** The same tests failing in the same file are one failure, whatever the counterexample. */
function tell(seen, { file, seed, line, failures }) {
  const titles = failures.filter((text) => !text.startsWith('  '));
  const key = [file, ...titles].join('\n');
  const known = seen.get(key);
  if (known !== undefined) {
    known.times += 1;
    return;
  }
  seen.set(key, { title: `${file}.ts: ${titles.join('; ')}`, times: 1 });
  console.log([line, ...failures].join('\n'));
  const command = `node --import ./test/seed.mjs --enable-source-maps ${compiled(file)}`;
  console.log(`again: METALRIG_TEST_SEED=${seed} ${command}\n`);
}

function propertyFiles(withWorlds) {
  return readdirSync(join(ROOT, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts') && (withWorlds || !file.endsWith('.world.test.ts')))
    .filter((file) => readFileSync(join(ROOT, 'test', file), 'utf8').includes("from 'fast-check'"))
    .map((file) => join('test', file).replace(/\.ts$/, ''))
    .sort();
}

function compiled(file) {
  return join('dist', `${file}.js`);
}

async function runFile(file, seed) {
  const argv = ['--import', './test/seed.mjs', '--enable-source-maps', compiled(file)];
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    env: { ...process.env, METALRIG_TEST_SEED: String(seed), TAP_TIMEOUT: String(MOST_S) },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: MOST_S * 1000,
  });
  const closed = once(child, 'close');
  const reader = tapReader({ file });
  for await (const line of createInterface({ input: child.stdout })) reader.line(line);
  const [code, signal] = await closed;
  const { lines } = reader.end(code ?? signal);
  const [line, ...failures] = lines;
  return { line, failures };
}
