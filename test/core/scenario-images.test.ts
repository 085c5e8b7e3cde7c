import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { planOf, planProblems } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { ROOT } from '../run-metalrig.js';

const SITE = parseSite(readFileSync(join(ROOT, 'scenarios/sites/fleet.site.yaml'), 'utf8'), 'fleet.site.yaml');

function scenario(images: string, steps = ''): string {
  const names = [...images.matchAll(/^ {2}(\S+):/gm)].map(([, name]) => `    ${name}: { state: registered }\n`);
  const head = 'version: 1\nname: x\ndescription: y\nsite: z\n';
  const expect = `expect:\n  all: { outcome: off }\n  images:\n${names.join('')}`;
  return `${head}images:\n${images}${steps === '' ? '' : `steps:\n${steps}`}${expect}`;
}

function told(text: string): readonly string[] {
  return planProblems(text, 'a', SITE).map(({ line, column, what, mend }) => `${line}:${column}: ${what}. ${mend}`);
}

void t.test('scenario: images of one name in two projects -> two images, each on the shelf of its project', (t) => {
  const text = scenario(
    '  garage/robots: { project: garage, for: [root, mesh] }\n  roof-lab/robots: { project: roof-lab, for: [mesh] }\n',
    '  - { do: deploy, image: garage/robots, slot: 2 }\n  - { do: deploy, image: roof-lab/robots, slot: 2 }\n',
  );
  t.strictSame(told(text), []);
  t.strictSame([...planOf(text, 'a', SITE).scenario.images.keys()], ['garage/robots', 'roof-lab/robots']);
  t.end();
});

void t.test('scenario: images that one name would stand for two of -> each told at its place', (t) => {
  t.strictSame(told(scenario('  garage/robots: { project: roof-lab, for: [mesh] }\n')), [
    '6:3: garage/robots is named after project garage, and is of roof-lab. Write roof-lab/robots, or project: garage.',
  ]);
  t.strictSame(told(scenario('  lucid: { project: roof-lab, for: [mesh] }\n')), [
    '6:3: fleet.site.yaml has an image lucid of its own. Give it another name, such as roof-lab/lucid.',
  ]);
  t.strictSame(
    told(scenario('  robots: { project: garage, for: [mesh] }\n  garage/robots: { project: garage, for: [mesh] }\n')),
    ['7:3: it is robots already. Delete one of the two.'],
  );
  t.strictSame(told(scenario('  garage/lucid: { project: garage, for: [mesh] }\n')), []);
  t.end();
});
