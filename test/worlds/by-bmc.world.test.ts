import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report } from '../../core/report/report.js';
import { metalrig, ROOT, scratchOf } from '../run-metalrig.js';

const environment = { METALRIG_BMC_PASSWORD: 'open-sesame', METALRIG_PDU_COMMUNITY: 'switches' };
/** The other nodes and lies are the drivers' own tests': each of these is a boot on real firmware, or none. */
const SCENARIOS = ['root-node-by-redfish', 'wrong-password'];

/** Emulation on a busy machine; the scenarios' own deadlines end what hangs. */
const LIMIT_MS = 300_000;
t.setTimeout((SCENARIOS.length + 1) * LIMIT_MS);

for (const scenario of SCENARIOS) {
  void t.test(`${scenario}: in simulation, and through a BMC of other hands -> the same outcome`, async (t) => {
    const directory = scratchOf(t);
    const file = join('scenarios', `${scenario}.scenario.yaml`);
    const sim = await play(t, file, join(directory, 'sim'));
    const emulated = await play(t, file, join(directory, 'emulated'));
    t.strictSame(outcomes(emulated), outcomes(sim));
  });
}

/** By IPMI all of it, as `root-node-by-ipmi` has it, and the console too. */
void t.test(
  'sol-over-32-reboots, two of them: on real firmware, by IPMI alone -> each boot told, no byte lost or doubled',
  { timeout: LIMIT_MS },
  async (t) => {
    const directory = scratchOf(t);
    const file = join(directory, 'short.scenario.yaml');
    const whole = readFileSync(join(ROOT, 'scenarios', 'sol-over-32-reboots.scenario.yaml'), 'utf8');
    writeFileSync(file, whole.replace('times: 32', 'times: 2').replace('boots: 33', 'boots: 3'));
    mkdirSync(join(directory, 'sites'));
    const site = join('sites', 'sol.site.yaml');
    writeFileSync(join(directory, site), readFileSync(join(ROOT, 'scenarios', site)));
    const out = join(directory, 'emulated');
    const { nodes } = await play(t, file, out);
    t.match(nodes, { root1: { boots: 3, ups: 3 } });
    const [brought, said] = ['log', 'qemu.log'].map((name) => readFileSync(join(out, 'console', `root1.${name}`)));
    t.ok(said?.toString('latin1').split('METALRIG READY node=root1').length === 4, 'it said so itself, three times');
    t.same(brought, said);
    const entered = readFileSync(join(out, 'journal.jsonl'), 'utf8').split('"machine":"boot:root1","state":"kernel"');
    t.equal(entered.length, 4, 'seen at the console alone, each time');
  },
);

/** @param out its last part is the world's name */
async function play(t: Test, file: string, out: string): Promise<Report> {
  const world = out.split('/').at(-1) ?? '';
  const ran = await metalrig(['run', file, '--on', world, '--out', out, '--json'], { environment });
  t.equal(ran.code, 0, `${world} passes${ran.code === 0 ? '' : `: ${ran.out.slice(-2000)}${ran.err}`}`);
  t.notOk(ran.out.includes(environment.METALRIG_BMC_PASSWORD));
  return ran.lines.at(-1) as unknown as Report;
}

function outcomes({ nodes }: Report) {
  return Object.entries(nodes).map(([node, { outcome, stage }]) => ({ node, outcome, stage }));
}
