import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { STAGES } from '../core/evidence.js';
import { planProblems } from '../core/scenario/plan.js';
import { MISHAP_KINDS } from '../core/scenario/scenario.js';
import { parseSite, siteProblems } from '../core/site/parse.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
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
