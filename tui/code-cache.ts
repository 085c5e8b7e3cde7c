import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type * as Program from './program.js';

/** All of us in one file, beside this one in the package; `tui/bundle.mjs` makes it. */
const FILE = fileURLToPath(new URL('../bundle/program.cjs', import.meta.url));

/** Checksum of that file, put here by `tui/bundle.mjs`: V8 itself would take any program of the same length for it. */
declare const PROGRAM_CHECKSUM: string;

/**
 * Loads the program, and what V8 has compiled of it in an earlier run like this one: a third of what a command takes to
 * start. It is kept beside the program at the end of a first run, where we may write; V8 refuses what another version
 * of it made, or other flags.
 *
 * @param words what was typed: each verb needs its own part of the program
 */
export function loadProgram(words: readonly string[]): typeof Program {
  const [verb = ''] = words;
  const hasGuests = ['run', 'resume', 'image'].includes(verb) && !words.includes('sim');
  // Before anything is compiled, as code that was compiled under other flags is refused.
  if (hasGuests) leaveCoresToGuests();
  const kind = `${/^[a-z]+$/.test(verb) ? verb : 'help'}${hasGuests ? '-guests' : ''}`;
  const kept = join(dirname(FILE), '.cache', `${kind}-${process.versions.v8}-${process.arch}-${PROGRAM_CHECKSUM}`);
  const script = compile(readKept(kept));
  if (script.cachedDataRejected !== false) process.once('exit', () => keep(kept, script.createCachedData()));
  const loaded: { exports: unknown } = { exports: {} };
  const run = script.runInThisContext() as (...given: readonly unknown[]) => void;
  run(loaded.exports, createRequire(FILE), loaded, FILE, dirname(FILE));
  // Our own file: what it exports is what `program.ts` does.
  return loaded.exports as typeof Program;
}

/**
 * The guests want the cores more than V8 does: a boot is over before its optimising compiler has paid for itself, and
 * scavenging a few megabytes on several threads takes longer in all than on one. V8's threads took 0.27 s of a boot's
 * CPU, and 0.13 s with this; later still, and the main thread lost what they saved.
 */
function leaveCoresToGuests(): void {
  // A later V8 has no flag of this name, and would say so on the terminal.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=400000');
  setFlagsFromString('--no-parallel-scavenge');
}

function compile(cachedData: Buffer | null): Script {
  // ASCII alone, as esbuild writes it: each character a byte, for V8 too.
  const source = readFileSync(FILE, 'latin1');
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  return new Script(wrapped, { filename: FILE, ...(cachedData === null ? {} : { cachedData }) });
}

/** @returns null when there is none that is whole: V8 believes what it is given, and a flipped bit ends the process */
function readKept(file: string): Buffer | null {
  try {
    const content = readFileSync(file);
    const code = content.subarray(0, -CHECKSUM_BYTES);
    return checksumOf(code).equals(content.subarray(-CHECKSUM_BYTES)) ? code : null;
  } catch {
    return null;
  }
}

/** Whole or not at all, since others may be starting; where we may not write, every start takes what the first does. */
function keep(file: string, code: Buffer): void {
  const aside = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, Buffer.concat([code, checksumOf(code)]));
    renameSync(aside, file);
  } catch {
    rmSync(aside, { force: true });
  }
}

/** Behind the code, so that it starts where V8 wants it in memory. */
const CHECKSUM_BYTES = 32;

function checksumOf(code: Buffer): Buffer {
  return createHash('sha256').update(code).digest();
}
