import type { Command } from './cli/command.js';
import { doctorCommand } from './commands/doctor.js';
import { graphCommand } from './commands/graph.js';
import { lunCommand } from './commands/lun.js';
import { replayCommand } from './commands/replay.js';
import { runCommand } from './commands/run.js';
import { schemaCommand } from './commands/schema.js';

/** Every verb, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  runCommand,
  replayCommand,
  doctorCommand,
  graphCommand,
  lunCommand,
  schemaCommand,
];
