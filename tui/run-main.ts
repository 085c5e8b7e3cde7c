import { FaultError, faultOf, remedy, says, type Fault, type FaultCode } from '../core/faults/fault.js';
import { isAborted } from '../drivers/system-clock/pause.js';
import { EXIT, helpOf, parseGiven, wrapText } from './cli/command.js';
import type { Io } from './cli/io.js';
import { InputError } from './cli/input-error.js';
import { allCommands, COMMAND_NAMES, loadCommand } from './commands.js';
import { ownVersions } from './package.js';

/** Runs one command line; the exit code follows the command contract. */
export async function runMain(args: readonly string[], io: Io): Promise<number> {
  const isJson = args.includes('--json');
  try {
    return await dispatch(args, io);
  } catch (thrown) {
    const faults = thrown instanceof InputError ? thrown.faults : [faultOf(thrown)].filter((fault) => fault !== null);
    const [first] = faults;
    if (first === undefined) return isGivenUp(thrown, io) ? interrupted(isJson, io) : reportBug(thrown, io);
    for (const fault of faults) tell(fault, isJson, io);
    return exitOf(first);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.out(await overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version') {
    io.out(`${ownVersions()['metalrig'] ?? ''}\n`);
    return EXIT.ok;
  }
  const command = await loadCommand(name);
  if (command === null) {
    throw new FaultError({ code: 'CLI-003', kind: 'command.unknown', command: name, known: COMMAND_NAMES });
  }
  const given = parseGiven(command, rest);
  if (given.flag('help')) {
    io.out(helpOf(command));
    return EXIT.ok;
  }
  return command.run(given, io);
}

async function overview(): Promise<string> {
  const commands = await allCommands();
  return [
    'metalrig: a rig for provisioning',
    '',
    ...commands.flatMap(({ usage: shown, says: what }) => [`  ${shown}`, ...wrapText(what, 79, '      ')]),
    '',
    'Each takes --help and --json. Exit codes: 0 ok, 1 the scenario or check failed,',
    '2 bad usage or input file, 3 the host lacks something, 4 a bug, 130 interrupted.',
    '',
  ].join('\n');
}

/** By the letters of a fault's code; everything else that goes wrong is a failed run. */
const EXITS: Readonly<Record<string, number>> = {
  CAL: EXIT.usage,
  CFG: EXIT.usage,
  CLI: EXIT.usage,
  HND: EXIT.usage,
  HOST: EXIT.host,
  PAY: EXIT.host,
  SEC: EXIT.usage,
};

/** What was handed in, or typed, and not what became of it. */
const BAD_INPUT: readonly FaultCode[] = [
  ...(['IMG-001', 'IMG-002', 'IMG-003', 'IMG-005', 'IMG-006', 'IMG-007', 'IMG-008', 'IMG-009'] as const),
  ...(['IMG-010', 'IMG-011', 'IMG-012', 'IMG-015', 'IMG-017', 'IMG-018', 'IMG-019'] as const),
  ...([
    'RCK-001',
    'RCK-002',
    'RCK-005',
    'BUS-001',
    'BUS-002',
    'BUS-003',
    'BUS-007',
    'BUS-008',
    'BUS-009',
    'BUS-010',
    'BUS-014',
    'BUS-015',
    'BUS-017',
  ] as const),
];

export function exitOf({ code }: Fault): number {
  if (code === 'CLI-002') return EXIT.interrupted;
  if (BAD_INPUT.includes(code)) return EXIT.usage;
  return EXITS[code.split('-')[0] ?? ''] ?? EXIT.failed;
}

function tell(fault: Fault, isJson: boolean, io: Io): void {
  const words = { says: says(fault), remedy: remedy(fault) };
  if (isJson) io.out(`${JSON.stringify({ type: 'fault', ...fault, ...words })}\n`);
  // A place in a file comes first, as editors and compilers have it.
  else if (fault.code === 'CFG-002') io.err(`${words.says}, ${words.remedy}\n`);
  else io.err(`${fault.code} ${words.says}\n  ${words.remedy}\n`);
}

/** Ctrl-C reaches whoever waits by the signal, and comes back as this. */
function isGivenUp(thrown: unknown, { signal }: Io): boolean {
  return signal.aborted && isAborted(thrown);
}

function interrupted(isJson: boolean, io: Io): number {
  tell({ code: 'CLI-002', kind: 'interrupted' }, isJson, io);
  return EXIT.interrupted;
}

function reportBug(thrown: unknown, io: Io): number {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.err(`metalrig has a bug; please report this with the command that you ran:\n${text}\n`);
  return EXIT.bug;
}
