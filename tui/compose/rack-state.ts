import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseRackState, type RackState } from '../../core/site/rack-state.js';

/** What lasts no longer than this host stays up. Its path is short. */
export function runtimeFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const base = runtime !== undefined && existsSync(runtime) ? runtime : tmpdir();
  return join(base, `metalrig-${process.getuid?.() ?? 0}`);
}

/** The file that tells of the rack of a site file; for its owner alone, since what it says is acted on. */
export function rackStateFile(siteFile: string): string {
  const name = createHash('sha256').update(resolve(siteFile)).digest('hex').slice(0, 16);
  return join(runtimeFolder(), `${name}.rack.json`);
}

/** Whole or not at all, whoever reads it meanwhile. */
export function writeRackState(state: RackState): void {
  const file = rackStateFile(state.site);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRackState(siteFile: string): void {
  rmSync(rackStateFile(siteFile), { force: true });
}

/** @returns null when no rack of that site is up */
export function readRackState(siteFile: string): RackState | null {
  const file = rackStateFile(siteFile);
  if (!existsSync(file)) return null;
  const state = parseRackState(readFileSync(file, 'utf8'));
  return state !== null && existsSync(`/proc/${state.pid}`) ? state : null;
}
