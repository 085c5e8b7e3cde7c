import { join } from 'node:path';
import { fold } from '../../core/journal/fold.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { JournalFile } from '../../drivers/journal-file/driver.js';
import type { Readings } from './figure.js';
import { fleetHappenings } from './sim-boots.js';
import { startStopwatch } from './stopwatch.js';

/** About 25,000 entries, all kinds that a fault-free run writes. */
const NODES = 500;
const APPENDED = 600_000;
const FOLDS = 8;

/** Entries a second into a file, hash chain and the final sync included. */
export function measureAppend(folder: string): Readings {
  const happenings = fleetHappenings(NODES);
  appendAll(join(folder, 'warm-up'), happenings, 50_000);
  const stop = startStopwatch();
  appendAll(join(folder, 'journal'), happenings, APPENDED);
  const { wall_s, cpu_s } = stop();
  return { entries_per_s: APPENDED / wall_s, entries_per_cpu_s: APPENDED / cpu_s };
}

function appendAll(file: string, happenings: ReturnType<typeof fleetHappenings>, count: number): void {
  const journal = JournalFile.create(file, 'batch');
  for (let number = 0; number < count; number += 1) {
    const [happening, at] = happenings[number % happenings.length] ?? [];
    if (happening !== undefined && at !== undefined) journal.append(happening, at);
  }
  journal.close();
}

/** Machine transitions a second that a fold of a journal makes; every one compared with what was recorded. */
export function measureFold(): Readings {
  const entries = fleetHappenings(NODES).map(([happening, at], index) => ({ ...happening, seq: index + 1, at }));
  const steppers = compiledSteppers();
  fold(entries, steppers);
  const stop = startStopwatch();
  let steps = 0;
  for (let again = 0; again < FOLDS; again += 1) {
    const folded = fold(entries, steppers);
    if (folded.divergences.length > 0) throw new Error('a fold diverges from its own run');
    steps += folded.steps;
  }
  const { wall_s, cpu_s } = stop();
  return { transitions_per_s: steps / wall_s, transitions_per_cpu_s: steps / cpu_s };
}
