import { fileURLToPath } from 'node:url';
import { runProcess } from '../../drivers/process/run.js';
import type { Contender, Need, Readings } from './figure.js';

/** Longer than any single measurement takes on a machine that is busy with something else. */
const LIMIT_MS = 300_000;

/** The program that measures one thing in a process of its own: with nothing compiled, collected or cached before. */
export const ALONE = fileURLToPath(new URL('./alone-main.js', import.meta.url));

/** A contender of ours, measured by `alone-main.ts` under this name. */
export function alone(name: string, words: readonly string[] = []): Contender {
  return { name, run: () => readingsOf([process.execPath, ALONE, name, ...words]) };
}

/** A program that prints its readings as a JSON object in its last line. */
export function printing(name: string, argv: readonly [string, ...string[]], needs: readonly Need[] = []): Contender {
  return { name, needs, run: () => readingsOf(argv) };
}

/** @throws when it fails, or prints no such line */
export async function readingsOf(argv: readonly [string, ...string[]]): Promise<Readings> {
  const { output, exitCode, errorTail } = await runProcess({ argv }, AbortSignal.timeout(LIMIT_MS));
  const line = output.toString().trimEnd().split('\n').at(-1) ?? '';
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${reasonIn(errorTail)}`);
  return numbersIn(line);
}

/** Node prints where, then what, then the stack. */
function reasonIn(errorTail: string): string {
  return errorTail.split('\n').find((line) => line.includes('Error')) ?? errorTail.slice(-200);
}

function numbersIn(line: string): Readings {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`no readings in ${line}`);
  return Object.fromEntries(Object.entries(value).map(([name, number]) => [name, Number(number)]));
}
