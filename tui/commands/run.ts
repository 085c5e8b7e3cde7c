import type { Command } from '../cli/command.js';
import { playSim } from '../compose.js';
import { loadPlan } from '../load-plan.js';
import { RUN_OPTIONS, runPlan } from '../run-plan.js';
import { ON_OPTION, worldOf } from '../world-choice.js';

export const runCommand: Command = {
  name: 'run',
  usage: 'run SCENARIO',
  says: 'Plays a scenario, prints each stage as it happens, and writes a run bundle.',
  takes: [1, 1],
  options: { on: ON_OPTION, ...RUN_OPTIONS },
  run: async (given, io) => {
    const [file = ''] = given.positionals;
    const loaded = loadPlan(file);
    const world = worldOf(runCommand, loaded.plan, given);
    const play = world === 'sim' ? playSim : (await import('../compose/play-emulated.js')).playEmulated;
    return runPlan({ ...loaded, world, play }, given, io);
  },
};
