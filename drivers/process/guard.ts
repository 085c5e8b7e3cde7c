import { execa } from 'execa';

/** Kills our process groups when we are gone, whatever became of us. One small shell for the whole run. */
export interface Guard {
  add(group: number): void;
  drop(group: number): void;
}

/**
 * Reads the groups of the moment from its stdin, whose other end only we hold. The kernel closes that when we end, by
 * kill -9 too; then read fails and the loop is over. `setpriv` reaches our children alone, this also theirs.
 */
const GUARD = `
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    drop) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;;
  esac
done
for group in $groups; do kill -9 -"$group"; done
`;

export function openGuard(): Guard {
  const shell = execa('/bin/sh', ['-c', GUARD], {
    // A session of its own: a Ctrl-C must not take the guard away before its work is done.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  shell.unref();
  // It ends when we do, so it must not be what keeps us running.
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  // Somebody killed the guard: what is left is setpriv and our own sweeping, and that is no reason to stop.
  shell.stdin.on('error', () => {});
  return {
    add: (group) => void shell.stdin.write(`add ${group}\n`),
    drop: (group) => void shell.stdin.write(`drop ${group}\n`),
  };
}
