import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report } from '../../core/report/report.js';
import { ROOT, command, scratchOf, type Ran } from '../run-metalrig.js';

const SITE = join(ROOT, 'scenarios/sites/fleet.site.yaml');

interface Shop {
  readonly cwd: string;
  readonly run: (...words: readonly string[]) => Promise<Ran>;
  /** On a simulated rack. */
  readonly image: (...words: readonly string[]) => Promise<Ran>;
}

/** A directory with a shelf that holds one image, for both kinds of nodes. */
async function open(t: Test): Promise<Shop> {
  const cwd = scratchOf(t);
  const file = join(cwd, 'rootfs');
  writeFileSync(file, '');
  truncateSync(file, 4 * 2 ** 20);
  execFileSync('/sbin/mke2fs', ['-q', '-F', '-t', 'ext2', file]);
  const environment = { METALRIG_STORE: 'shelf' };
  const run = (...words: readonly string[]) => command(words, { cwd, environment });
  const added = await run('image', 'add', 'roof-lab/robots', 'rootfs', '--no-boot');
  t.equal(added.code, 0, added.err);
  return { cwd, run, image: (...words) => run('image', ...words, '--site', SITE, '--on', 'sim', '--json') };
}

function reportOf({ lines }: Ran): Report {
  return lines.at(-1) as unknown as Report;
}

void t.test(
  'image deploy, take-off: an image on the shelf -> running on its nodes, and off them with proof',
  async (t) => {
    const { cwd, run, image } = await open(t);
    const deployed = await image('deploy', 'roof-lab/robots', '--out', 'deployed');
    t.equal(deployed.code, 0, deployed.out + deployed.err);
    t.match(reportOf(deployed).images, { 'roof-lab/robots': { state: 'running', project: 'roof-lab' } });
    t.strictSame(Object.keys(reportOf(deployed).nodes), ['root1', 'root2', 'mesh1', 'mesh2']);

    const off = await image('take-off', 'roof-lab/robots', '--nodes', 'root2,mesh1');
    t.equal(off.code, 0, off.out + off.err);
    t.strictSame(
      reportOf(off).images?.['roof-lab/robots']?.wipes.map(({ node, isZero }) => ({ node, isZero })).length,
      2,
    );

    t.equal((await run('replay', 'deployed')).code, 0, 'it is a run like every other');
    t.match(readFileSync(join(cwd, 'deployed', 'scenario.yaml'), 'utf8'), '"project": "roof-lab"');
  },
);

void t.test('image deploy: a slot, a policy -> as in a scenario', async (t) => {
  const { image } = await open(t);
  const { lines } = await image('deploy', 'roof-lab/robots', '--nodes', 'mesh2', '--slot', '9', '--failing', 'wait');
  t.match((lines.at(-1) as unknown as Report).nodes['mesh2'], {
    image: 'roof-lab/robots',
    slots: { 9: 'roof-lab/robots' },
  });
});

void t.test(
  'image deploy: nodes that are reserved -> for their project, in their slot; for others refused',
  async (t) => {
    const { image, run } = await open(t);
    const reserve = (...words: readonly string[]) => run('reserve', 'add', '--site', SITE, '--for', '2h', ...words);
    await reserve('--project', 'others', '--nodes', 'mesh1', '--from', 'now');
    await reserve('--project', 'roof-lab', '--image', 'robots', '--nodes', 'mesh2,root2', '--from', 'now');
    await reserve('--project', 'roof-lab', '--nodes', 'root1', '--from', '2040-01-01T10:00Z');

    const taken = await image('deploy', 'roof-lab/robots');
    t.equal(taken.code, 1);
    t.match(taken.out + taken.err, /RES-001.*mesh1 is held by r1 of project others/);
    const own = await image('deploy', 'roof-lab/robots', '--reservation', 'r2');
    t.equal(own.code, 0, own.err);
    t.strictSame(Object.keys(reportOf(own).nodes).sort(), ['mesh2', 'root2']);
    t.match(reportOf(own).nodes['mesh2'], { slots: { 1: 'roof-lab/robots' } });
    for (const [words, says] of [
      [['--reservation', 'r1'], /CLI-001.*r1 is of project others/],
      [['--reservation', 'r7'], /RES-003/],
      [['--reservation', 'r3'], /CLI-001.*r3 begins in \d+ days/],
    ] as const) {
      const { code, out, err } = await image('deploy', 'roof-lab/robots', ...words);
      t.not(code, 0);
      t.match(out + err, says);
    }
  },
);

void t.test('image deploy: what cannot be -> refused with what to do, and no run begun', async (t) => {
  const { cwd, run, image } = await open(t);
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['deploy', 'roof-lab/nothing'], /IMG-002/],
    [['deploy', '../robots'], /IMG-001/],
    [['deploy', 'roof-lab/robots', '--nodes', 'mars'], /has no node .*mars/],
    [['deploy', 'roof-lab/robots', '--slot', '99'], /slots 1 to 21/],
    [['deploy', 'roof-lab/robots', '--failing', 'pray'], /--failing takes wait/],
    [['take-off', 'roof-lab/robots', '--rack', 'rack'], /no --rack/],
    [['take-off', 'roof-lab/robots', '--slot', '2'], /no --slot/],
  ];
  for (const [words, says] of refused) {
    const { code, err, out } = await image(...words);
    t.equal(code, 2, `${words.join(' ')}: ${err}`);
    t.match(err + out, says);
  }
  const { code, err } = await run('image', 'deploy', 'roof-lab/robots');
  t.equal(code, 2);
  t.match(err, '--site');
  t.notOk(readdirSync(cwd).includes('runs'), 'nothing was begun');
});
