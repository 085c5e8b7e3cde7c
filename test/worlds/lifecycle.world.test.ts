import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report } from '../../core/report/report.js';
import { metalrig, scratchOf } from '../run-metalrig.js';

/**
 * Images on their way to a fleet, in simulation and on real firmware; what takes longer is left to a person. In one of
 * them metalrig is killed when its journal says this, and it is gone on with.
 */
const SCENARIOS: readonly (readonly [name: string, killedAt: string | null])[] = [
  ['fleet-day', '"effect":"slot.write"'],
  ['bad-image-refused', null],
  ['lun-switch-and-roll-back', null],
  // Its node gets nothing from the network, and boots its local disk.
  ['script-missing', null],
];

const LIMIT_MS = 900_000;
t.setTimeout(SCENARIOS.length * LIMIT_MS);

for (const [scenario, killedAt] of SCENARIOS) {
  const how = killedAt === null ? 'played' : 'killed in the middle of a write and resumed';
  void t.test(
    `${scenario}: in simulation, and ${how} on real firmware -> the same states of every image, the same ends`,
    { timeout: LIMIT_MS },
    async (t) => {
      const directory = scratchOf(t);
      const file = join('scenarios', `${scenario}.scenario.yaml`);
      const sim = await play(t, ['run', file, '--on', 'sim', '--out', join(directory, 'sim')]);
      const out = join(directory, 'emulated');
      const emulated = ['run', file, '--on', 'emulated', '--out', out];
      if (killedAt !== null) t.equal(await killed(emulated, { bundle: out, at: killedAt }), null, 'it was killed');
      const report = await play(t, killedAt === null ? emulated : ['resume', out]);
      t.equal((await metalrig(['replay', out])).code, 0, 'its journal folds');
      t.notOk(existsSync(join(out, 'rack')), 'disks and LUNs go with the run');
      t.strictSame(story(report), story(sim));
      for (const { size_bytes, read_bytes, isZero } of Object.values(report.images ?? {}).flatMap(
        ({ wipes }) => wipes,
      )) {
        t.ok(isZero && read_bytes === size_bytes && size_bytes > 0, 'what was wiped was read back whole, and is zero');
      }
    },
  );
}

async function play(t: Test, words: readonly string[]): Promise<Report> {
  const ran = await metalrig([...words, '--json']);
  t.equal(ran.code, 0, `${words.join(' ')}${ran.code === 0 ? '' : `: ${ran.out.slice(-3000)}${ran.err}`}`);
  return ran.lines.at(-1) as unknown as Report;
}

/** Plays into a bundle, and kills the program as soon as its journal holds the text. @returns its exit code */
async function killed(
  words: readonly string[],
  { bundle, at }: { bundle: string; at: string },
): Promise<number | null> {
  const journal = join(bundle, 'journal.jsonl');
  mkdirSync(bundle);
  let pid = 0;
  const watcher = watch(bundle, () => {
    if (pid === 0 || !existsSync(journal) || !readFileSync(journal, 'utf8').includes(at)) return;
    process.kill(pid, 'SIGKILL');
    pid = 0;
  });
  const { code } = await metalrig(words, { onStart: (started) => void (pid = started) });
  watcher.close();
  return code;
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
