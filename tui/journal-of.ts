import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FaultError } from '../core/faults/fault.js';
import { Chain } from '../core/journal/codec.js';
import type { Append, Entry } from '../core/journal/entry.js';
import { compiledSteppers } from '../core/machines/steppers.js';
import { makeReport } from '../core/report/report.js';
import type { Site } from '../core/site/site.js';
import { readJournalFile, sha256 } from '../drivers/journal-file/driver.js';
import { BUNDLE, findBundle } from '../drivers/run-bundle/bundle.js';
import { runSim } from '../sim/run.js';
import { loadPlan } from './load-plan.js';
import { PACKAGE_ROOT } from './package.js';
import { parseToken } from './token.js';

export interface NamedJournal {
  readonly entries: readonly Entry[];
  /** Characters of a last line that a crash tore. */
  readonly torn: number;
  /** Null where a token's run was played again for want of its bundle. */
  readonly directory: string | null;
  /** The site that such a run was played on. */
  readonly site: Site | null;
}

/**
 * The journal of a bundle; a token of a simulation that is not at hand is run again, and must come out the same.
 * @throws FaultError JRN-001, JRN-002, JRN-005
 */
export function journalOf(name: string): NamedJournal {
  const directory = findBundle(name, 'runs');
  if (directory !== null) return { ...readJournalFile(join(directory, BUNDLE.journal)), directory, site: null };
  const token = parseToken(name);
  if (token?.world !== 'sim') throw unknownBundle(name);
  const file = join(PACKAGE_ROOT, 'scenarios', `${token.scenario}.scenario.yaml`);
  // A token holds the name of its scenario, not the file: only the scenarios that come with us can be run again.
  if (!existsSync(file)) throw unknownBundle(name);
  const { plan } = loadPlan(file);
  const entries: Entry[] = [];
  const chain = new Chain(sha256);
  const steppers = compiledSteppers();
  const append: Append = (happening, at) => {
    chain.append(happening, at);
    entries.push({ seq: chain.length, at, ...happening });
    return true;
  };
  const outcome = runSim({ plan, seed: token.seed, append, steppers });
  const verdict = makeReport({
    plan,
    standing: outcome.standing,
    world: 'sim',
    seed: token.seed,
    startedAt: null,
    token: name,
    virtual_ms: outcome.virtual_ms,
    wall_ms: 0,
    faults: outcome.fault === null ? [] : [outcome.fault],
    sendings: outcome.sendings,
  }).verdict;
  append({ entry: 'closed', verdict }, outcome.virtual_ms);
  if (!chain.head.startsWith(token.head)) throw unknownBundle(name);
  return { entries, torn: 0, directory: null, site: plan.site };
}

export function unknownBundle(name: string): FaultError {
  return new FaultError({ code: 'JRN-005', kind: 'bundle.unknown', name });
}
