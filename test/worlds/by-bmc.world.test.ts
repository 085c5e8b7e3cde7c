import { join } from 'node:path';
import t from 'tap';
import type { Report } from '../../core/report/report.js';
import { metalrig, scratchOf } from '../run-metalrig.js';

const environment = { METALRIG_BMC_PASSWORD: 'open-sesame', METALRIG_PDU_COMMUNITY: 'switches' };
/** The other nodes and lies are the drivers' own tests': each of these is a boot on real firmware, or none. */
const SCENARIOS = ['root-node-by-ipmi', 'root-node-by-redfish', 'wrong-password'];

for (const scenario of SCENARIOS) {
  void t.test(`${scenario}: in simulation, and through a BMC of other hands -> the same outcome`, async (t) => {
    const directory = scratchOf(t);
    const play = async (world: string): Promise<Report> => {
      const words = ['run', join('scenarios', `${scenario}.scenario.yaml`), '--on', world];
      const ran = await metalrig([...words, '--out', join(directory, world), '--json'], { environment });
      t.equal(ran.code, 0, `${world} passes${ran.code === 0 ? '' : `: ${ran.out.slice(-2000)}${ran.err}`}`);
      t.notOk(ran.out.includes(environment.METALRIG_BMC_PASSWORD));
      return ran.lines.at(-1) as unknown as Report;
    };
    const [sim, emulated] = [await play('sim'), await play('emulated')];
    t.strictSame(outcomes(emulated), outcomes(sim));
  });
}

function outcomes({ nodes }: Report) {
  return Object.entries(nodes).map(([node, { outcome, stage }]) => ({ node, outcome, stage }));
}
