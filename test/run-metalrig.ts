import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMain } from '../tui/run-main.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist', 'bundle', 'main.js');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Every line of `out` as JSON, where `--json` was among the words. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with its process number as soon as it has one. */
  readonly onStart?: (pid: number) => void;
  /** Called with all that was printed so far, e.g. to end the program at a certain point. */
  readonly onOutput?: (out: string, kill: (signal: NodeJS.Signals) => void, pid: number) => void;
}

/** Runs the program as a user does, in a process of its own, its output piped. */
export function metalrig(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd = ROOT, environment = {}, onOutput, onStart } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { cwd, env: { ...process.env, ...environment } });
    if (child.pid !== undefined) onStart?.(child.pid);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      onOutput?.(out, (signal) => child.kill(signal), child.pid ?? 0);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err, lines: words.includes('--json') ? linesOf(out) : [] }));
  });
}

/**
 * Runs a command without a process of its own, which takes a fifth of the time: for all that is about what a command
 * does, prints and returns. Directory and environment are the whole process's meanwhile, so one after the other.
 */
export async function command(
  words: readonly string[],
  { cwd = ROOT, environment = {} }: Pick<RunOptions, 'cwd' | 'environment'> = {},
): Promise<Ran> {
  const before = { cwd: process.cwd(), environment: process.env };
  const told = { out: '', err: '' };
  process.chdir(cwd);
  process.env = { ...process.env, ...environment };
  try {
    const code = await runMain(words, {
      out: (text) => void (told.out += text),
      err: (text) => void (told.err += text),
      isLive: false,
      hasColour: false,
      columns: 80,
      signal: new AbortController().signal,
    });
    return { code, ...told, lines: words.includes('--json') ? linesOf(told.out) : [] };
  } finally {
    process.chdir(before.cwd);
    process.env = before.environment;
  }
}

function linesOf(out: string): Ran['lines'] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** A directory for one test, gone with it. */
export function scratchOf(t: { teardown(fn: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'metalrig-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
