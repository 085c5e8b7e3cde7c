import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { planOf } from '../../core/scenario/plan.js';
import { parseSite } from '../../core/site/parse.js';
import { readJournalFile } from '../../drivers/journal-file/driver.js';
import { LockFile } from '../../drivers/lun-store/lock-file.js';
import { BUNDLE, findBundle, openBundle } from '../../drivers/run-bundle/bundle.js';
import type { Command } from '../cli/command.js';
import { playIn } from '../run-plan.js';

export const resumeCommand: Command = {
  name: 'resume',
  usage: 'resume BUNDLE',
  says: 'Goes on with a run on the emulated rack whose metalrig was killed, from the last entry of its journal.',
  takes: [1, 1],
  options: {},
  run: async (given, io) => {
    const [name = ''] = given.positionals;
    const directory = findBundle(name, 'runs');
    if (directory === null) throw new FaultError({ code: 'JRN-005', kind: 'bundle.unknown', name });
    const seed = requireResumable(directory);
    const [scenarioText, siteText] = [read(directory, BUNDLE.scenario), read(directory, BUNDLE.site)];
    const site = parseSite(siteText, join(directory, BUNDLE.site));
    const plan = planOf(scenarioText, join(directory, BUNDLE.scenario), site);
    const { playEmulated } = await import('../compose/play-emulated.js');
    const run = { plan, scenarioText, siteText, world: 'emulated', play: playEmulated } as const;
    return playIn({ ...run, bundle: openBundle(directory), seed, isResumed: true }, given, io);
  },
};

/** @returns the run's seed @throws FaultError JRN-006, and LUN-005 while another process plays it */
function requireResumable(directory: string): number {
  const { entries } = readJournalFile(join(directory, BUNDLE.journal));
  const [first] = entries;
  const refused = (why: string): FaultError => new FaultError({ code: 'JRN-006', kind: 'run.over', directory, why });
  if (first?.entry !== 'opened' || first.world !== 'emulated') throw refused('it was no run on the emulated rack');
  if (entries.at(-1)?.entry === 'closed') throw refused('it came to its end');
  const sets = join(directory, BUNDLE.rack, 'luns', 'sets.json');
  if (!existsSync(join(directory, BUNDLE.rack, 'luns'))) throw refused('its disks and LUNs are not with it');
  LockFile.take(sets).release();
  return first.seed;
}

function read(directory: string, name: string): string {
  const file = join(directory, name);
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}
