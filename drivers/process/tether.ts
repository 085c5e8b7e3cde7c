import { findProgram } from './program.js';

/**
 * Runs between `setpriv` and the program. The kernel's promise (PR_SET_PDEATHSIG) counts from the call on, so a parent
 * that died before it is noticed here: then somebody else is our parent, and the program does not start at all.
 */
const STILL_HIS_CHILD = '[ "$PPID" = "$0" ] && exec "$@"';

/**
 * argv that makes the kernel kill the program with SIGKILL at the moment its parent dies, however that happens.
 * The pid stays the same through both execs. Without setpriv (not Linux) argv comes back as it was.
 *
 * @see prctl(2), PR_SET_PDEATHSIG; setpriv(1), --pdeathsig
 */
export function tetheredArgv(
  argv: readonly [string, ...string[]],
  parent: number,
  setpriv = findSetpriv(),
): readonly [string, ...string[]] {
  if (setpriv === null) return argv;
  return [setpriv, '--pdeathsig', 'KILL', '/bin/sh', '-c', STILL_HIS_CHILD, String(parent), ...argv];
}

let found: string | null | undefined;

/** Looked up once a process: the answer does not change, and every start asks. */
export function findSetpriv(): string | null {
  found ??= process.platform === 'linux' ? findProgram('setpriv') : null;
  return found;
}
