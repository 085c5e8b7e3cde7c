import { openGuard, type Guard } from './guard.js';

/** Process groups that we started and that have not been swept yet. A lifetime of the whole process, like its pid. */
const groups = new Set<number>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let guard: Guard | null = null;

/** To be called before the first start, so that no time passes between a start and its registration. */
export function openRegistry(): void {
  guard ??= watch();
}

/** From now on the group dies with us. */
export function registerGroup(group: number): void {
  groups.add(group);
  guard?.add(group);
}

function watch(): Guard {
  // 'exit' also comes after an uncaught exception and an unhandled rejection; handlers of it must be synchronous.
  process.on('exit', killAllGroups);
  for (const signal of SIGNALS) process.on(signal, () => onSignal(signal));
  return openGuard();
}

/** Kills what is left of the group: a child may have left children of its own behind. */
export function sweepGroup(group: number): void {
  killGroup(group, 'SIGKILL');
  groups.delete(group);
  guard?.drop(group);
}

export function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: nobody is left in it, which is what was wanted.
  }
}

export function killAllGroups(): void {
  for (const group of groups) sweepGroup(group);
}

/** Where somebody else listens too (the command line's orderly stop), the ending is theirs, and 'exit' is our turn. */
function onSignal(signal: (typeof SIGNALS)[number]): void {
  if (process.listenerCount(signal) > 1) return;
  killAllGroups();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
