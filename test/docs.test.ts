import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import t from 'tap';
import { STAGES } from '../core/evidence.js';
import { planProblems } from '../core/scenario/plan.js';
import { MISHAP_KINDS } from '../core/scenario/scenario.js';
import { parseSite, siteProblems } from '../core/site/parse.js';
import { ROOT, scratchOf } from './run-metalrig.js';

const PAGES = [
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...['README.md'].filter((name) => existsSync(join(ROOT, name))),
];
const BENCH = parseSite(read('scenarios/sites/bench.site.yaml'), 'bench.site.yaml');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** YAML in a page is an example that has to hold: its first line says of which file. */
const EXAMPLE = /^```yaml\n(# (site|scenario)\n[^]*?)^```$/gm;

for (const page of PAGES) {
  void t.test(`docs: the YAML of ${page} -> files without a fault, links to pages that are there`, async (t) => {
    const text = read(page);
    const examples = [...text.matchAll(EXAMPLE)];
    t.equal(examples.length, text.split('```yaml').length - 1, 'every example says `# site` or `# scenario` first');
    for (const [, example = '', kind] of examples) {
      const faults = kind === 'site' ? siteProblems(example, page) : planProblems(example, page, BENCH);
      t.same(faults, [], example);
    }
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
    t.same(
      links.filter((link) => !existsSync(join(ROOT, dirname(page), link))),
      [],
    );
  });
}

for (const page of PAGES) {
  const scripts = [...read(page).matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, script = '']) => script);
  if (scripts.length === 0) continue;
  void t.test(`docs: the commands of ${page} -> run as they stand, and end well`, async (t) => {
    const directory = rackRoom(scratchOf(t), read(page));
    for (const script of scripts) {
      t.match(script, /^# run\n/, 'every example of commands says `# run` first');
      const { code, text } = await shell(script, directory);
      t.equal(code, 0, code === 0 ? 'exit 0' : `${script}${text}`);
    }
  });
}

/** A directory as the reader of a page has it: our scenarios, the page's own files under their names, and `npx`. */
function rackRoom(directory: string, text: string): string {
  cpSync(join(ROOT, 'scenarios'), join(directory, 'scenarios'), { recursive: true });
  mkdirSync(join(directory, 'sites'));
  for (const [, example = '', kind = ''] of text.matchAll(EXAMPLE)) {
    const name = (/^name: (.*)$/m.exec(example)?.[1] ?? '').replaceAll(' ', '-');
    writeFileSync(join(directory, kind === 'site' ? 'sites' : '.', `${name}.${kind}.yaml`), example);
  }
  mkdirSync(join(directory, 'bin'));
  const main = join(ROOT, 'dist', 'bundle', 'main.js');
  const npx = `#!/bin/sh\n[ "$1" = metalrig ] && shift && exec '${process.execPath}' '${main}' "$@"\n`;
  writeFileSync(join(directory, 'bin', 'npx'), npx, { mode: 0o755 });
  return directory;
}

function shell(script: string, directory: string): Promise<{ readonly code: number | null; readonly text: string }> {
  const path = [join(directory, 'bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-euc', script], { cwd: directory, env: { ...process.env, PATH: path } });
    let text = '';
    const take = (piece: string): void => {
      text += piece;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}

void t.test('docs: the page on scenarios -> names every stage and every mishap', async (t) => {
  const text = read('docs/writing-a-scenario.md');
  t.same(
    [...STAGES, ...MISHAP_KINDS].filter((word) => !text.includes(`\`${word}\``)),
    [],
  );
});

void t.test('docs: files that the pages name -> are there', async (t) => {
  const named = PAGES.flatMap((page) => [...read(page).matchAll(/`((?:core|drivers|sim|tui|test)\/[\w./-]+\.ts)`/g)]);
  t.same(
    named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});
