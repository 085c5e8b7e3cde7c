// Joins what tsc compiled, and what it imports, into what users run, in dist/bundle: program.cjs is all of it, main.js
// and start.js load that (tui/code-cache.ts). Loading 600 modules one by one takes 0.4 s of CPU, two files take 0.1 s.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
// As deep as dist/tui, so that files of the package are found from there by the same relative paths.
const OUT = join(DIST, 'bundle');

const common = {
  outdir: OUT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Names stay: a bug's stack trace is read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};
const entry = (name) => join(DIST, 'tui', `${name}.js`);

rmSync(OUT, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: [entry('program')],
  // A script that V8 can be given back compiled. What a verb alone needs still runs when that verb is loaded.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Native, or loading files of its own at run time: asked for as a script asks.
  external: ['zeromq', 'blessed'],
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'ownUrl' },
  banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
});
const checksum = createHash('sha256')
  .update(readFileSync(join(OUT, 'program.cjs')))
  .digest('hex');
await build({
  ...common,
  entryPoints: [entry('main'), entry('start')],
  format: 'esm',
  define: { PROGRAM_CHECKSUM: JSON.stringify(checksum.slice(0, 16)) },
});
