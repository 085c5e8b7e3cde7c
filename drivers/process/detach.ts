import { execa } from 'execa';
import { closeSync, createWriteStream, openSync } from 'node:fs';

export interface DetachedProcess {
  readonly pid: number;
  /** Comes if it ends while we are there to see it. */
  readonly ended: Promise<void>;
}

/**
 * Starts a program that is meant to outlive us: in a session of its own, without our terminal, known to no registry.
 * Both of its outputs are appended to `log`.
 */
export function startDetached(argv: readonly [string, ...string[]], log: string): DetachedProcess {
  const descriptor = openSync(log, 'a', 0o600);
  try {
    const output = createWriteStream('', { fd: descriptor, autoClose: false });
    const [program, ...words] = argv;
    const child = execa(program, words, {
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    });
    child.unref();
    return { pid: child.pid ?? 0, ended: child.then(() => {}) };
  } finally {
    closeSync(descriptor);
  }
}
