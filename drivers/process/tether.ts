import { findProgram } from './program.js';

/** What the gate waits for; where that is on its stdin, the program reads what comes after it. */
export const GATE_OPENS = 'go\n';
/** Where the gate listens whose stdin is a file, or another program's output. */
export const GATE_DESCRIPTOR = 3;

/**
 * A shell that stands before the program until we say so: by then the guard knows its process group, so that nothing
 * the program starts can be missed. When we die before that, its stdin ends and the program does not start. Nor does it
 * when our death came before the kernel's promise (PR_SET_PDEATHSIG), which counts from the call on: then somebody
 * else is its parent. `read` takes a byte at a time from a pipe, so the program's own input is left alone.
 */
const GATE: Readonly<Record<ProgramInput, string>> = {
  pipe: 'read -r go && [ "$PPID" = "$0" ] && exec "$@"',
  none: 'read -r go && [ "$PPID" = "$0" ] && exec "$@" </dev/null',
  joined: `read -r go <&${GATE_DESCRIPTOR} && [ "$PPID" = "$0" ] && exec "$@" ${GATE_DESCRIPTOR}<&-`,
};

/** What the program reads: us, nothing (/dev/null), or what it was joined to: a file, another program. */
export type ProgramInput = 'pipe' | 'none' | 'joined';

export interface TetherOptions {
  readonly parent: number;
  readonly input: ProgramInput;
  /** null: there is no setpriv. */
  readonly setpriv?: string | null;
}

/**
 * argv that makes the kernel kill the program with SIGKILL at the moment its parent dies, however that happens, with
 * the gate in front. The pid stays the same through all of it. Without setpriv (not Linux) there is the gate alone.
 *
 * @see prctl(2), PR_SET_PDEATHSIG; setpriv(1), --pdeathsig
 */
export function tetheredArgv(argv: readonly string[], options: TetherOptions): readonly [string, ...string[]] {
  const { parent, input, setpriv = findSetpriv() } = options;
  const gate = ['/bin/sh', '-c', GATE[input], String(parent), ...argv] as const;
  return setpriv === null ? gate : [setpriv, '--pdeathsig', 'KILL', ...gate];
}

let found: string | null | undefined;

/** Looked up once a process: the answer does not change, and every start asks. */
export function findSetpriv(): string | null {
  found ??= process.platform === 'linux' ? findProgram('setpriv') : null;
  return found;
}
