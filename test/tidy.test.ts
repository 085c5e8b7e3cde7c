import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { arrows } from './tidy/arrows.js';
import { deadFiles } from './tidy/dead-files.js';
import { lockFile, machinePaths, oneTitle, topLevel } from './tidy/documents.js';
import { bannedNames, fileNames } from './tidy/names.js';
import { columns, fileLength, functionLength, parameters } from './tidy/sizes.js';
import { noAny, noDefaultExport, noEnum, noNonNull } from './tidy/syntax.js';
import type { Complaint, Rule, TextFile } from './tidy/text-file.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What .gitignore leaves out, and folders of tools. */
const NOT_OURS = /^(\..*|node_modules|dist|runs)$/;
/** Samples in the rules and in their tests break the rules on purpose. */
const SAMPLES = /^test\/tidy\//;

function filesUnder(folder: string): readonly TextFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly TextFile[] => {
    const path = join(folder, entry.name);
    if (NOT_OURS.test(entry.name)) return [];
    if (entry.isDirectory()) return filesUnder(path);
    if (!/\.(ts|mjs|js|json|ya?ml|md|cfg|sh)$/.test(entry.name)) return [];
    return [{ path: relative(ROOT, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }];
  });
}

const files = filesUnder(ROOT);
const typescript = files.filter(({ path }) => path.endsWith('.ts'));
const code = files.filter(({ path }) => /\.(ts|mjs)$/.test(path));
const written = files.filter(({ path }) => /\.(ts|mjs|ya?ml)$/.test(path));
const pages = files.filter(({ path }) => path.endsWith('.md'));
const folders = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !NOT_OURS.test(entry.name))
  .map((entry) => entry.name);

const RULES: readonly (readonly [string, readonly TextFile[], Rule])[] = [
  ['at most 120 columns', written, columns],
  ['at most 300 lines a file, 500 a test file', code, fileLength],
  ['at most 50 lines a function', typescript, functionLength],
  ['at most 3 positional parameters', typescript, parameters],
  ['no any', typescript, noAny],
  ['no default export', typescript, noDefaultExport],
  ['no non-null !', typescript, noNonNull],
  ['no enum', typescript, noEnum],
  ['imports follow the arrows', typescript, arrows],
  ['time and chance are handed in', typescript, bannedNames],
  ['files are named after what is in them', code, fileNames],
  ['one title a page', pages, oneTitle],
  ['no paths of one machine', files.filter(({ path }) => !SAMPLES.test(path)), machinePaths],
  ['the lock file names no registry', files.filter(({ path }) => path === 'package-lock.json'), lockFile],
];

for (const [title, judgedFiles, rule] of RULES) {
  void t.test(`tidy: ${title}`, async (t) => tell(t, judgedFiles.flatMap(rule)));
}

void t.test('tidy: nothing lies about unused', async (t) => tell(t, deadFiles(typescript)));

void t.test('tidy: the top level is fixed', async (t) => tell(t, topLevel(folders)));

void t.test('tidy: the rules see the files they judge', async (t) => {
  t.ok(typescript.some(({ path }) => path === 'core/clock.ts'));
  t.ok(typescript.length > 40 && files.some(({ path }) => path === 'package-lock.json'));
});

/** A line for each complaint. Where this file stands in the stack says nothing, so it is left out. */
function tell(t: Test, complaints: readonly Complaint[]): void {
  for (const { path, line, says } of complaints) {
    t.fail(`${path}:${line}: ${says}`, { at: null, stack: '', source: '' });
  }
  if (complaints.length === 0) t.pass('nothing to complain about');
}
