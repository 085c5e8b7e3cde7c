import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';

/** Names inside a run bundle. */
export const BUNDLE = {
  journal: 'journal.jsonl',
  report: 'report.json',
  summary: 'report.md',
  capture: 'wire.pcapng',
  consoles: 'console',
  /** Disks and LUNs of an emulated rack, as long as the run is not over. */
  rack: 'rack',
  versions: 'versions.json',
  scenario: 'scenario.yaml',
  site: 'site.yaml',
} as const;

/** The directory that holds all there is to know of one run. */
export interface Bundle {
  readonly directory: string;
  readonly path: (name: string) => string;
  /** @throws FaultError JRN-003 */
  readonly write: (name: string, text: string) => void;
}

/**
 * Makes the directory of a new run.
 * @throws FaultError JRN-003 when it cannot be made, or holds a run already
 */
export function createBundle(directory: string): Bundle {
  guarded(directory, () => makeDirectory(join(directory, BUNDLE.consoles)));
  if (readdirSync(directory).includes(BUNDLE.journal)) {
    throw new FaultError({
      code: 'JRN-003',
      kind: 'journal.unwritable',
      file: directory,
      why: 'it holds a run already',
    });
  }
  return openBundle(directory);
}

/** The bundle of a run that is there. */
export function openBundle(directory: string): Bundle {
  const path = (name: string): string => join(directory, name);
  const write = (name: string, text: string): void => guarded(path(name), () => writeFileSync(path(name), text));
  return { directory, path, write };
}

/**
 * Finds the bundle that a person names: by its directory, else by the token in its report below `runs`.
 * @returns null where there is none
 */
export function findBundle(name: string, runs: string): string | null {
  if (isFile(join(name, BUNDLE.journal))) return name;
  if (isFile(join(runs, name, BUNDLE.journal))) return join(runs, name);
  const directories = isDirectory(runs) ? readdirSync(runs).sort() : [];
  const holder = directories.find((run) => tokenOf(join(runs, run, BUNDLE.report)) === name);
  return holder === undefined ? null : join(runs, holder);
}

function tokenOf(report: string): string | null {
  try {
    const value: unknown = JSON.parse(readFileSync(report, 'utf8'));
    return typeof value === 'object' && value !== null && 'token' in value ? String(value.token) : null;
  } catch {
    // A run that crashed has no report, and a bundle without a report has no token.
    return null;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Step by step: Node's own recursive way never returns below /proc, where the kernel says ENOENT for good. */
function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'JRN-003', kind: 'journal.unwritable', file, why }, thrown);
  }
}
