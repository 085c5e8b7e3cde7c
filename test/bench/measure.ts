import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../drivers/process/program.js';
import { isTargetMet, spreadOf } from './figure.js';
import type { Contender, Figure, Readings, Result, Topic } from './figure.js';

export interface MeasureOptions {
  readonly runs: number;
  readonly isWanted: (figure: Figure, topic: Topic) => boolean;
  readonly progress: (line: string) => void;
}

/** All wanted figures of a topic. Never throws: what could not be measured says why in its results. */
export async function measureTopic(topic: Topic, options: MeasureOptions): Promise<readonly Result[]> {
  const figures = topic.figures.filter((figure) => options.isWanted(figure, topic));
  if (figures.length === 0) return [];
  const wanted = new Set(figures.flatMap(({ ours, peer }) => [ours, peer]));
  const folder = mkdtempSync(join(tmpdir(), 'metalrig-bench-'));
  const { progress } = options;
  try {
    await using open = await topic.open({ folder, progress, wants: (name) => wanted.has(name) });
    const contenders = open.contenders.filter(({ name }) => wanted.has(name));
    const logs = await takeTurns(topic.name, contenders, options);
    return figures.map((figure) => resultOf(topic, figure, logs));
  } catch (thrown) {
    const why = `${topic.name} could not be set up: ${reasonOf(thrown)}`;
    return figures.map((figure) => resultOf(topic, figure, new Map([[figure.ours, { runs: [], missing: why }]])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a contender's runs told; `missing` says why there are no more. */
interface Log {
  readonly runs: Readings[];
  missing: string | null;
}

async function takeTurns(
  topic: string,
  contenders: readonly Contender[],
  { runs, progress }: MeasureOptions,
): Promise<ReadonlyMap<string, Log>> {
  const logs = new Map(contenders.map((one) => [one.name, { runs: [], missing: missingOf(one) } as Log]));
  for (let round = 1; round <= runs; round += 1) {
    for (const contender of contenders) {
      const log = logs.get(contender.name);
      if (log === undefined || log.missing !== null) continue;
      progress(`${topic}: run ${round} of ${runs}, ${contender.name}`);
      try {
        log.runs.push(await contender.run());
      } catch (thrown) {
        log.missing = `${contender.name} could not be measured: ${reasonOf(thrown)}`;
      }
    }
  }
  return logs;
}

function missingOf({ name, needs = [] }: Contender): string | null {
  const lacking = needs.filter(({ program }) => findProgram(program) === null);
  if (lacking.length === 0) return null;
  const packages = [...new Set(lacking.map(({ debianPackage }) => debianPackage))].join(' ');
  return `${name} is not installed: apt-get install ${packages}`;
}

function resultOf(topic: Topic, figure: Figure, logs: ReadonlyMap<string, Log>): Result {
  const spread = (name: string | null): ReturnType<typeof spreadOf> => {
    const runs = name === null ? [] : (logs.get(name)?.runs ?? []);
    return spreadOf(runs.flatMap((readings) => readings[figure.reading] ?? []));
  };
  const ours = spread(figure.ours);
  const peer = spread(figure.peer);
  const names = [figure.ours, ...(figure.peer === null ? [] : [figure.peer])];
  const missing = names.flatMap((name) => logs.get(name)?.missing ?? []);
  const ratio = ours === null || peer === null ? null : ours.median / peer.median;
  return { figure, topic: topic.name, ours, peer, missing, ratio, isMet: isTargetMet(figure.target, ours, peer) };
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
