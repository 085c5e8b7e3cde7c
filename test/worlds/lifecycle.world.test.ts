import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report } from '../../core/report/report.js';
import { metalrig, scratchOf } from '../run-metalrig.js';

/** Images on their way to a fleet, in simulation and on real firmware. What takes longer is left to a person. */
const SCENARIOS = ['fleet-day', 'bad-image-refused', 'lun-switch-and-roll-back'];

const LIMIT_MS = 900_000;
t.setTimeout(SCENARIOS.length * LIMIT_MS);

for (const scenario of SCENARIOS) {
  void t.test(
    `${scenario}: played in simulation and on real firmware -> the same states of every image, the same ends`,
    { timeout: LIMIT_MS },
    async (t) => {
      const directory = scratchOf(t);
      const sim = await play(t, scenario, join(directory, 'sim'));
      const emulated = await play(t, scenario, join(directory, 'emulated'));
      t.strictSame(story(emulated), story(sim));
      for (const { wipes } of Object.values(emulated.images ?? {})) {
        for (const { size_bytes, read_bytes, isZero } of wipes) {
          t.ok(
            isZero && read_bytes === size_bytes && size_bytes > 0,
            'what was wiped was read back whole, and is zero',
          );
        }
      }
    },
  );
}

async function play(t: Test, scenario: string, out: string): Promise<Report> {
  const file = join('scenarios', `${scenario}.scenario.yaml`);
  const world = out.endsWith('sim') ? 'sim' : 'emulated';
  const ran = await metalrig(['run', file, '--on', world, '--seed', '7', '--out', out, '--json']);
  t.equal(ran.code, 0, `${world} passes${ran.code === 0 ? '' : `: ${ran.out.slice(-3000)}${ran.err}`}`);
  const replayed = await metalrig(['replay', out, '--json']);
  t.equal(replayed.code, 0, `the journal of ${world} folds`);
  return ran.lines.at(-1) as unknown as Report;
}

/** What the two worlds have to agree on: not the times, nor which of two branches is ready first. */
function story({ nodes, images = {} }: Report) {
  return {
    nodes: Object.entries(nodes).map(([node, { outcome, image, slots }]) => ({ node, outcome, image, slots })),
    images: Object.entries(images).map(([image, { state, states, wipes, fault }]) => {
      const passed = states.map((one) => one.state).filter((one) => one !== 'ready.lun' && one !== 'ready.slot');
      const wiped = wipes.map(({ node, slot }) => ({ node, slot })).sort((a, b) => (a.node < b.node ? -1 : 1));
      return { image, state, passed, wiped, cause: fault?.kind ?? null };
    }),
  };
}
