import type { Report } from '../core/report/report.js';
import type { DiskNews, ImageNews, News } from '../core/run/news.js';
import type { Plan } from '../core/scenario/plan.js';
import type { Bundle } from '../drivers/run-bundle/bundle.js';
import { systemClock } from '../drivers/system-clock/system-clock.js';
import type { Io } from './cli/io.js';
import { LiveLine } from './cli/live-line.js';
import { diskLine, imageLine } from './views/lifecycle-lines.js';
import { MOST_NODES, nameColumns, newsLine, reportLines, statusLine, type Latest } from './views/run-lines.js';
import type { SlotProgress } from './world.js';

/** What `run` shows of a run. */
export interface RunView {
  readonly news: (news: News) => void;
  readonly imageNews: (news: ImageNews) => void;
  readonly diskNews: (news: DiskNews) => void;
  readonly slotProgress: (progress: SlotProgress) => void;
  readonly progress: (text: string) => void;
  readonly end: (report: Report, bundle: Bundle) => void;
}

export interface RunViewParts {
  readonly isJson: boolean;
  readonly io: Io;
  readonly plan: Plan;
  /** Whether the run takes the time that it shows: then a terminal sees it pass. */
  readonly hasClock: boolean;
}

const TICK_MS = 500;

export function runView(parts: RunViewParts): RunView {
  return parts.isJson ? jsonView(parts.io) : textView(parts);
}

function textView({ io, plan, hasClock }: RunViewParts): RunView {
  const isMany = plan.nodes.length > MOST_NODES;
  const live = new LiveLine(io);
  const shape = {
    columns: io.columns,
    name: nameColumns([...plan.nodes.map(({ id }) => id), ...plan.scenario.images.keys()]),
  };
  const latest = new Map<string, Latest>();
  const clock = systemClock();
  let moves = 0;
  let ticker: { cancel(): void } | null = null;
  const tick = (): void => {
    live.status(statusLine([...latest.values()], clock.now()));
    ticker = clock.setTimer(TICK_MS, tick);
  };
  return {
    news: (news) => {
      moves += 1;
      latest.set(news.node, { news, at: clock.now(), write: null });
      if (!isMany || news.fault !== null) live.print(newsLine(news, shape));
      if (isMany && moves % 1_000 === 0) live.status(`${moves} stages passed`);
      if (hasClock && io.isLive && ticker === null) tick();
    },
    imageNews: (news) => live.print(imageLine(news, shape)),
    diskNews: (news) => live.print(diskLine(news, shape)),
    slotProgress: (write) => {
      const known = latest.get(write.node);
      if (known !== undefined) latest.set(write.node, { ...known, write });
    },
    progress: (text) => live.status(text),
    end: (report, bundle) => {
      ticker?.cancel();
      live.clear();
      for (const line of reportLines(report, io.columns)) io.out(`${line}\n`);
      io.out(`run bundle    ${bundle.directory}\n`);
    },
  };
}

function jsonView(io: Io): RunView {
  const line = (value: object): void => io.out(`${JSON.stringify(value)}\n`);
  return {
    news: (news) => line({ type: 'stage', ...news }),
    imageNews: (news) => line({ type: 'image', ...news }),
    diskNews: (news) => line({ type: 'disk', ...news }),
    slotProgress: (write) => line({ type: 'progress', ...write }),
    progress: (text) => {
      if (text !== '') io.err(`${text}\n`);
    },
    end: (report, bundle) => line({ type: 'report', ...report, bundle: bundle.directory }),
  };
}
