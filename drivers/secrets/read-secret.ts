import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { SecretReference } from '../../core/site/hands.js';
import { runProcess } from '../process/run.js';

export interface SecretsParts {
  /** Where relative paths start, and commands run: the site file's folder. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long a command may take; 10 s unless told: an agent may have to ask its owner's token. */
  readonly commandLimit_ms?: number;
}

const COMMAND_LIMIT_MS = 10_000;
/** Passwords of BMCs have at most 20 bytes (IPMI) or some dozens (Redfish), communities 255. */
const MOST_BYTES = 1024;

/**
 * Reads a secret where the site file says it is, anew at each call: it may have been changed, and nothing is kept.
 * @throws FaultError SEC-001 to 007, HOST-001 and 002 (of a command)
 */
export type ReadSecret = (reference: SecretReference, signal: AbortSignal) => Promise<string>;

export function secretReader(parts: SecretsParts): ReadSecret {
  return async (reference, signal) => {
    signal.throwIfAborted();
    switch (reference.from) {
      case 'env':
        return variable(reference.name, parts);
      case 'file':
        return checked(await fileText(resolve(parts.folder, reference.path)), `the file ${reference.path}`);
      case 'command':
        return checked(await commandText(reference.argv, parts, signal), `what ${reference.argv[0]} prints`);
    }
  };
}

function variable(name: string, { environment }: SecretsParts): string {
  const value = environment[name];
  if (value === undefined) throw new FaultError({ code: 'SEC-001', kind: 'secret.unset', variable: name });
  return checked(value, `the variable ${name}`);
}

async function fileText(path: string): Promise<string> {
  try {
    // Looked at through the descriptor, so that what was checked is what is read.
    await using file = await open(path, 'r');
    const { mode, uid } = await file.stat();
    const bits = mode & 0o777;
    if ((bits & 0o077) !== 0) {
      throw new FaultError({ code: 'SEC-003', kind: 'secret.exposed', path, mode: bits.toString(8) });
    }
    // Root's files are kept by whoever may do everything anyway.
    if (uid !== 0 && uid !== process.getuid?.()) {
      throw new FaultError({ code: 'SEC-004', kind: 'secret.foreign', path, owner: uid });
    }
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES + 3) });
    return buffer.toString('utf8', 0, bytesRead);
  } catch (thrown) {
    if (faultOf(thrown) !== null) throw thrown;
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'it is no file';
    throw new FaultError({ code: 'SEC-002', kind: 'secret.unreadable', path, why }, thrown);
  }
}

async function commandText(
  argv: readonly [string, ...string[]],
  { folder, clock, commandLimit_ms = COMMAND_LIMIT_MS }: SecretsParts,
  signal: AbortSignal,
): Promise<string> {
  const [program, ...words] = argv;
  const late = new AbortController();
  const timer = clock.setTimer(commandLimit_ms, () => late.abort());
  try {
    const file = program.includes('/') ? resolve(folder, program) : program;
    const request = { argv: [file, ...words] as const, directory: folder, outputLimit_bytes: MOST_BYTES + 3 };
    const { exitCode, isAborted, output } = await runProcess(request, AbortSignal.any([signal, late.signal]));
    signal.throwIfAborted();
    if (isAborted) {
      throw new FaultError({ code: 'SEC-006', kind: 'secretCommand.late', program, waited_ms: commandLimit_ms });
    }
    if (exitCode !== 0) throw new FaultError({ code: 'SEC-005', kind: 'secretCommand.failed', program, exitCode });
    return output.toString('utf8');
  } finally {
    timer.cancel();
  }
}

/** Without the end of its line; what is left has to be one line. */
function checked(text: string, where: string): string {
  const secret = text.replace(/\r?\n$/, '');
  const why = flawOf(secret);
  if (why !== null) throw new FaultError({ code: 'SEC-007', kind: 'secret.malformed', where, why });
  return secret;
}

function flawOf(secret: string) {
  if (secret === '') return 'empty';
  if (/[\r\n]/.test(secret)) return 'several lines';
  if (Buffer.byteLength(secret) > MOST_BYTES) return 'too long';
  return /\p{Cc}/u.test(secret) ? 'control characters' : null;
}
