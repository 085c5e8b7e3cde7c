import { join } from 'node:path';
import { processIo } from './cli/io.js';
import { diagnose } from './commands/doctor.js';
import { PACKAGE_ROOT } from './package.js';
import { onInterrupt } from './interrupt.js';
import { runMain } from './run-main.js';

/** `npm start`: boots a root node on real firmware; where this host cannot, says why and plays it in simulation. */
const io = processIo(onInterrupt());
const { worlds, mend } = await diagnose();
if (!worlds.emulated) {
  const how = mend === null ? 'metalrig doctor says what is missing' : `mend it with: ${mend}`;
  io.err(`this host cannot emulate nodes (${how}); the same scenario in simulation instead\n`);
}
const scenario = join(PACKAGE_ROOT, 'scenarios', 'root-node.scenario.yaml');
const words = process.argv.slice(2);
process.exitCode = await runMain(['run', scenario, '--on', worlds.emulated ? 'emulated' : 'sim', ...words], io);
