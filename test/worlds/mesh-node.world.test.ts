import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Report } from '../../core/report/report.js';
import { metalrig, scratchOf } from '../run-metalrig.js';

t.setTimeout(600_000);

void t.test('mesh-node: played in simulation and on real firmware -> the same stages, and up', async (t) => {
  const directory = scratchOf(t);
  const play = async (world: string): Promise<Report> => {
    const out = join(directory, world);
    const argv = ['run', 'scenarios/mesh-node.scenario.yaml', '--on', world, '--seed', '7', '--out', out, '--json'];
    const ran = await metalrig(argv);
    t.equal(ran.code, 0, `${world} passes${ran.code === 0 ? '' : `: ${ran.out.slice(-2000)}${ran.err}`}`);
    t.equal((await metalrig(['replay', out, '--json'])).code, 0, `the journal of ${world} folds`);
    return ran.lines.at(-1) as unknown as Report;
  };
  t.strictSame(story(await play('emulated')), story(await play('sim')));
  const bundle = join(directory, 'emulated');
  const console = readFileSync(join(bundle, 'console', 'mesh1.log'), 'latin1');
  t.match(console, /METALRIG CHAINLOAD slot=7[^]*METALRIG READY node=mesh1 image=lucid/);
  const [, token = 'none'] =
    /metalrig\.token=([0-9a-f]{32})/.exec(readFileSync(join(bundle, 'wire.pcapng'), 'latin1')) ?? [];
  t.not(token, 'none', 'the wire saw it');
  t.notOk(console.includes(token), 'the console did not');
  t.notOk(readFileSync(join(bundle, 'journal.jsonl'), 'latin1').includes(token), 'nor the journal');
});

function story({ nodes }: Report) {
  return Object.entries(nodes).map(([node, { outcome, stage, boots, stages, fault }]) => {
    return { node, outcome, stage, boots, stages: stages.map((passed) => passed.stage), cause: fault?.kind ?? null };
  });
}
