import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from './tool.js';
import type { Unpacked } from './unpacked.js';

export interface GuestProgram {
  readonly unpacked: Unpacked;
  /** Where our sources for guests lie. */
  readonly guest: string;
  /** Names of files there. */
  readonly sources: readonly string[];
  /** Holds the program while it is made. */
  readonly scratch: string;
}

/**
 * A program that needs nothing but the kernel, compiled by Debian's tcc: 14 KB where one with a C library has 800.
 * @throws FaultError PAY-006
 */
export async function guestProgram(
  { unpacked, guest, sources, scratch }: GuestProgram,
  signal: AbortSignal,
): Promise<Buffer> {
  const compiler = await unpacked.path('tcc', 'usr/bin/tcc');
  const ownFiles = await unpacked.path('tcc', 'usr/lib/x86_64-linux-gnu/tcc');
  const program = join(scratch, 'program');
  const files = sources.map((file) => join(guest, file));
  const options = [`-B${ownFiles}`, '-nostdlib', '-nostdinc', '-static', '-Werror', '-o', program];
  await runTool({ argv: [compiler, ...options, ...files] }, signal);
  return readFile(program);
}
