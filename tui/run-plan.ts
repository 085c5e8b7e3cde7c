import { join } from 'node:path';
import type { Fault } from '../core/faults/fault.js';
import { BUNDLE, createBundle, type Bundle } from '../drivers/run-bundle/bundle.js';
import { wallNow } from '../drivers/system-clock/wall.js';
import { EXIT, type Given, type Option } from './cli/command.js';
import type { Io } from './cli/io.js';
import type { LoadedPlan } from './load-plan.js';
import { ownVersions } from './package.js';
import { playScenario } from './play.js';
import { runView } from './run-view.js';
import { scenarioSlug } from './token.js';
import type { PlayWorld } from './world.js';

/** What every command takes that plays a scenario. */
export const RUN_OPTIONS: Readonly<Record<string, Option>> = {
  seed: { type: 'string', value: 'N', says: "seed of all chance; default: the scenario's, else 1" },
  out: { type: 'string', value: 'DIR', says: 'directory of the bundle; default: a new one in runs/' },
};

export interface PlannedRun extends LoadedPlan {
  readonly world: 'sim' | 'emulated';
  readonly play: PlayWorld;
}

/** Plays a plan, prints each stage as it happens, and writes a run bundle. @returns the command's exit code */
export async function runPlan(run: PlannedRun, given: Given, io: Io): Promise<number> {
  const seed = given.number('seed') ?? run.plan.scenario.seed ?? 1;
  const bundle = createBundle(given.text('out') ?? join('runs', runName(run)));
  bundle.write(BUNDLE.scenario, run.scenarioText);
  bundle.write(BUNDLE.site, run.siteText);
  return playIn({ ...run, bundle, seed, isResumed: false }, given, io);
}

interface BundledRun extends PlannedRun {
  readonly bundle: Bundle;
  readonly seed: number;
  readonly isResumed: boolean;
}

/** The same in a bundle that is there. */
export async function playIn(run: BundledRun, given: Given, io: Io): Promise<number> {
  const { plan, world, play, bundle, seed, isResumed } = run;
  const view = runView({ isJson: given.flag('json'), io, plan, hasClock: world !== 'sim' });
  const common = { plan, world, play, seed, bundle, isResumed, versions: ownVersions(), signal: io.signal };
  const report = await playScenario({
    ...common,
    onNews: view.news,
    onImageNews: view.imageNews,
    onDiskNews: view.diskNews,
    onSlotProgress: view.slotProgress,
    progress: view.progress,
  });
  view.end(report, bundle);
  if (io.signal.aborted) return EXIT.interrupted;
  if (report.verdict === 'pass') return EXIT.ok;
  return report.faults.some(isOfTheHost) ? EXIT.host : EXIT.failed;
}

/** A node that failed because this host lacks a program says nothing about the scenario. */
function isOfTheHost({ code }: Fault): boolean {
  return code === 'HOST-001' || code === 'HOST-002';
}

/** `20261120-144501-root-node-sim`, so that runs sort by their time. */
function runName({ plan, world }: PlannedRun): string {
  const stamp = wallNow().iso.replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${scenarioSlug(plan.scenario.file)}-${world}-${process.pid}`;
}
