import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faultRows } from '../core/faults/fault.js';
import { codesIn } from './generated/faults.js';
import { faultFiles, generatedPages } from './generated/pages.js';
import { ROOT } from './run-metalrig.js';

const PAGES = await generatedPages();

for (const { path, text } of PAGES) {
  void t.test(`generated: ${path} -> is what the code says`, async (t) => {
    const written = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '';
    t.equal(written, text, 'run `npm run update`, read the diff and commit it');
  });
}

void t.test('generated: the folder -> holds nothing that no generator writes', async (t) => {
  const known = PAGES.map(({ path }) => path);
  t.strictSame(
    readdirSync(join(ROOT, 'docs', 'generated'))
      .map((name) => `docs/generated/${name}`)
      .filter((path) => !known.includes(path)),
    [],
  );
});

void t.test('generated: the page of faults -> has every code once, and a name for every fact', async (t) => {
  const codes = codesIn(faultFiles());
  t.strictSame([...codes].sort(), Object.keys(faultRows).sort());
  const text = PAGES.find(({ path }) => path.endsWith('faults.md'))?.text ?? '';
  t.notMatch(text, /undefined|NaN|\[object|function|\| *\|/);
});

/** What a reader looks for in a release; nothing else stands there, so that nothing hides. */
const SECTIONS = ['Added', 'Changed', 'Fixed', 'Faults'];

void t.test('changelog: the version in package.json -> comes first, in sections by reader', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const text = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  const [first, ...older] = [...text.matchAll(/^## (.*)$/gm)].map(([, title = '']) => title);
  t.equal(first, version, 'the newest section is that of this version');
  t.ok(older.every((title) => /^\d+\.\d+\.\d+$/.test(title)));
  const [, newest = ''] = text.split(/^## .*$/m);
  const sections = [...newest.matchAll(/^### (.*)$/gm)].map(([, title = '']) => title);
  t.ok(sections.length > 0);
  t.strictSame(
    sections.filter((title) => !SECTIONS.includes(title)),
    [],
  );
});
