import { join } from 'node:path';
import { processIo } from './cli/io.js';
import { onInterrupt } from './interrupt.js';
import { PACKAGE_ROOT } from './package.js';
import { runMain } from './run-main.js';

/** A command line of `metalrig`. @returns the exit code */
export function metalrig(words: readonly string[]): Promise<number> {
  return runMain(words, processIo(onInterrupt()));
}

/** `npm start`: boots a root node on real firmware; where this host cannot, says why and plays it in simulation. */
export async function npmStart(words: readonly string[]): Promise<number> {
  const { diagnose } = await import('./commands/doctor.js');
  const io = processIo(onInterrupt());
  const { worlds, mend } = await diagnose();
  if (!worlds.emulated) {
    const how = mend === null ? 'metalrig doctor says what is missing' : `mend it with: ${mend}`;
    io.err(`this host cannot emulate nodes (${how}); the same scenario in simulation instead\n`);
  }
  const scenario = join(PACKAGE_ROOT, 'scenarios', 'root-node.scenario.yaml');
  return runMain(['run', scenario, '--on', worlds.emulated ? 'emulated' : 'sim', ...words], io);
}
