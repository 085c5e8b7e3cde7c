import type { Entry } from '../../core/journal/entry.js';
import { diskNewsOf, imageNewsOf, NewsReader } from '../../core/run/news.js';
import { EXIT } from '../cli/command.js';
import type { Io } from '../cli/io.js';
import { diskLine, imageLine } from '../views/lifecycle-lines.js';
import { nameColumns, newsLine } from '../views/run-lines.js';
import type { Feed, FeedSink } from './feed/feed.js';
import { MachineBook } from './model/machine-book.js';
import { Model } from './model/model.js';

/** A run that goes on, for a pipe or a terminal that is none: each move of each node and image on a line of its own. */
export async function followInLines(feed: Feed, io: Io): Promise<number> {
  const book = new MachineBook();
  let model = new Model(book);
  let reader = new NewsReader();
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, ended.signal]);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    const sink: FeedSink = {
      take: (entries) => {
        for (const entry of entries) {
          model.take(entry);
          for (const line of linesOf(entry, model, { reader, columns: io.columns })) io.out(`${line}\n`);
        }
        if (model.verdict !== null) ended.abort();
      },
      trouble: (what) => {
        if (what === null) return;
        io.err(`${what}\n`);
        ended.abort();
      },
      restart: () => {
        model = new Model(book);
        reader = new NewsReader();
      },
    };
    if (!signal.aborted) feed.follow(1, sink, signal);
  });
  if (io.signal.aborted) return EXIT.interrupted;
  return model.verdict === null ? EXIT.failed : EXIT.ok;
}

interface Telling {
  readonly reader: NewsReader;
  readonly columns: number;
}

function linesOf(entry: Entry, model: Model, { reader, columns }: Telling): readonly string[] {
  const standing = entry.entry === 'entered' ? model.machine(entry.machine)?.standing : undefined;
  if (entry.entry !== 'entered' || standing === undefined) return [];
  const shape = { columns, name: nameColumns([...model.names('node'), ...model.names('image')]) };
  const news = reader.read(entry.machine, standing);
  const image = imageNewsOf(entry.machine, standing);
  const disk = diskNewsOf(entry.machine, standing);
  return [
    ...(news === null ? [] : [newsLine(news, shape)]),
    ...(image === null ? [] : [imageLine(image, shape)]),
    ...(disk === null ? [] : [diskLine(disk, shape)]),
  ];
}
