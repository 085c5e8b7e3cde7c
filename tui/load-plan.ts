import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FaultError, type Fault } from '../core/faults/fault.js';
import { parseScenario, scenarioProblems } from '../core/scenario/parse.js';
import { planOf, planProblems, type Plan } from '../core/scenario/plan.js';
import { parseSite, siteProblems } from '../core/site/parse.js';
import type { Site } from '../core/site/site.js';
import { InputError } from './cli/input-error.js';

export interface LoadedPlan {
  readonly plan: Plan;
  /** Both files as they were read, for the bundle. */
  readonly scenarioText: string;
  readonly siteText: string;
}

/** @throws InputError with every fault of the file that has some, FaultError CFG-003 when one cannot be read */
export function loadPlan(file: string): LoadedPlan {
  const scenarioText = readInput(file);
  refuse(scenarioProblems(scenarioText, file));
  const siteFile = join(dirname(file), parseScenario(scenarioText, file).site);
  const { site, text: siteText } = loadSite(siteFile);
  refuse(planProblems(scenarioText, file, site));
  return { plan: planOf(scenarioText, file, site), scenarioText, siteText };
}

export function loadSite(file: string): { readonly site: Site; readonly text: string } {
  const text = readInput(file);
  refuse(siteProblems(text, file));
  return { site: parseSite(text, file), text };
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new InputError(faults);
}

function readInput(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FaultError({ code: 'CFG-003', kind: 'file.unreadable', file, why }, thrown);
  }
}
