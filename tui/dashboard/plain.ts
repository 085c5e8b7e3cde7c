import { NewsReader } from '../../core/run/news.js';
import { EXIT } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { newsLine } from '../views/run-lines.js';
import { imageLine } from '../views/lifecycle-lines.js';
import { imageNewsOf } from '../../core/run/news.js';
import type { Feed } from './feed/feed.js';
import { MachineBook } from './model/machine-book.js';
import { Model } from './model/model.js';

/** A run that goes on, for a pipe or a terminal that is none: each move of each node and image on a line of its own. */
export async function followInLines(feed: Feed, io: Io): Promise<number> {
  const model = new Model(new MachineBook());
  const reader = new NewsReader();
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, ended.signal]);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    feed.follow(
      1,
      {
        take: (entries) => {
          for (const entry of entries) {
            model.take(entry);
            const standing = entry.entry === 'entered' ? model.machine(entry.machine)?.standing : undefined;
            if (entry.entry === 'entered' && standing !== undefined) {
              const news = reader.read(entry.machine, standing);
              if (news !== null) io.out(`${newsLine(news, io.columns)}\n`);
              const moved = imageNewsOf(entry.machine, standing);
              if (moved !== null) io.out(`${imageLine(moved, io.columns)}\n`);
            }
            if (entry.entry === 'closed') ended.abort();
          }
        },
        trouble: (what) => {
          if (what === null) return;
          io.err(`${what}\n`);
          ended.abort();
        },
      },
      signal,
    );
  });
  if (io.signal.aborted) return EXIT.interrupted;
  return model.verdict === null ? EXIT.failed : EXIT.ok;
}
