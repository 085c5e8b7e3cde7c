import { helpOf, type Command } from '../../tui/cli/command.js';

/** Every command with its options, as `--help` prints them. */
export function cliPage(commands: readonly Command[]): string {
  return [
    '# Which commands are there?',
    '',
    'Exit codes: **0** ok, **1** the scenario or check failed, **2** bad usage or input file, **3** the host lacks',
    'something (the message says what mends it), **4** a bug of ours, **130** interrupted.',
    '`NO_COLOR` turns colour off. With `--json` stdout holds nothing but JSON. Generated from `tui/commands/`; do not',
    'edit.',
    ...commands.flatMap((command) => ['', `## ${command.name}`, '', '```text', helpOf(command).trimEnd(), '```']),
    '',
  ].join('\n');
}
