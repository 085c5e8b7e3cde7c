import { machineId } from '../core/ids.js';
import type { Fault } from '../core/faults/fault.js';
import { compiledSteppers } from '../core/machines/steppers.js';
import { makeReport, type Report } from '../core/report/report.js';
import { diskNewsOf, imageNewsOf, NewsReader, type DiskNews, type ImageNews, type News } from '../core/run/news.js';
import { restingStates } from '../core/run/rest.js';
import type { Plan } from '../core/scenario/plan.js';
import { JournalFile } from '../drivers/journal-file/driver.js';
import { BUNDLE, type Bundle } from '../drivers/run-bundle/bundle.js';
import { wallNow } from '../drivers/system-clock/wall.js';
import { makeToken, scenarioSlug } from './token.js';
import { reportPage } from './views/run-lines.js';
import type { PlayWorld, SlotProgress, WorldOutcome, WorldParts } from './world.js';

export interface PlayParts {
  readonly plan: Plan;
  readonly world: 'sim' | 'emulated';
  readonly play: PlayWorld;
  readonly seed: number;
  readonly bundle: Bundle;
  readonly versions: Readonly<Record<string, string>>;
  /** Whether the bundle holds a run whose rig was killed, and it is to go on. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
  readonly onNews: (news: News) => void;
  readonly onImageNews: (news: ImageNews) => void;
  readonly onDiskNews: (news: DiskNews) => void;
  readonly onSlotProgress: (progress: SlotProgress) => void;
  readonly progress: (text: string) => void;
}

/** Plays a scenario in a world, journals it, and writes the bundle's reports. */
export async function playScenario(parts: PlayParts): Promise<Report> {
  const { plan, world, play, seed, bundle, signal, progress } = parts;
  const { journal, earlier } = openJournal(parts);
  const halt = new AbortController();
  journal.onBroken = () => halt.abort();
  const start = wallNow();
  const outcome = await play({
    plan,
    seed,
    append: journal.append,
    earlier,
    steppers: compiledSteppers(),
    onEntered: teller(parts),
    bundle,
    onSlotProgress: parts.onSlotProgress,
    signal: AbortSignal.any([signal, halt.signal]),
    progress,
  }).catch((thrown: unknown) => {
    journal.abandon();
    throw thrown;
  });
  if (journal.broken !== null) journal.close();
  const facts = {
    plan,
    standing: outcome.standing,
    world,
    seed,
    startedAt: world === 'sim' ? null : start.iso,
    virtual_ms: outcome.virtual_ms,
    wall_ms: wallNow().at - start.at,
    sendings: outcome.sendings,
    faults: [...outcome.faults, ...endingFaults(plan, outcome)],
  };
  const verdict = makeReport({ ...facts, token: '' }).verdict;
  journal.append({ entry: 'closed', verdict }, outcome.virtual_ms);
  journal.close();
  const report = makeReport({
    ...facts,
    token: makeToken({ scenario: scenarioSlug(plan.scenario.file), world, seed, head: journal.head }),
  });
  bundle.write(BUNDLE.report, `${JSON.stringify(report, null, 1)}\n`);
  bundle.write(BUNDLE.summary, reportPage(report));
  bundle.write(BUNDLE.versions, `${JSON.stringify({ ...parts.versions, ...outcome.versions }, null, 1)}\n`);
  return report;
}

function teller({ onNews, onImageNews, onDiskNews }: PlayParts): WorldParts['onEntered'] {
  const news = new NewsReader();
  return (machine, standing) => {
    const told = news.read(machine, standing);
    if (told !== null) onNews(told);
    const moved = imageNewsOf(machine, standing);
    if (moved !== null) onImageNews(moved);
    const worked = diskNewsOf(machine, standing);
    if (worked !== null) onDiskNews(worked);
  };
}

/** A simulation can be run again; a real rack's past cannot, so there each entry is written before it is acted on. */
function openJournal({ bundle, world, isResumed }: PlayParts) {
  const file = bundle.path(BUNDLE.journal);
  if (!isResumed) return { journal: JournalFile.create(file, world === 'sim' ? 'batch' : 'each'), earlier: [] };
  const { journal, read } = JournalFile.reopen(file);
  return { journal, earlier: read.entries };
}

function endingFaults(plan: Plan, { how, standing }: WorldOutcome): readonly Fault[] {
  if (how === 'settled') return [];
  const unfinished = plan.scenario.images.size > 0 ? movingImages(plan, standing) : movingNodes(plan, standing);
  if (how === 'interrupted') return [{ code: 'CLI-002', kind: 'interrupted' }];
  if (how === 'stuck') return [{ code: 'RUN-003', kind: 'run.stuck', unfinished }];
  return [{ code: 'RUN-001', kind: 'run.overtime', limit_ms: plan.scenario.limit_ms ?? 0, unfinished }];
}

function movingNodes(plan: Plan, standing: WorldOutcome['standing']): readonly string[] {
  const settled = new Set(['active', 'deployFailed']);
  const ids = plan.nodes.map(({ id }) => id);
  return ids.filter((id) => !settled.has(standing(machineId('node', id))?.state ?? ''));
}

function movingImages(plan: Plan, standing: WorldOutcome['standing']): readonly string[] {
  const resting = restingStates('image');
  const names = [...plan.scenario.images.keys()];
  return names.filter((name) => !resting.has(standing(machineId('image', name))?.state ?? ''));
}
