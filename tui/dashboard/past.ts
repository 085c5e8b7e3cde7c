import type { Site } from '../../core/site/site.js';
import { EntryLog } from './model/entry-log.js';
import { JournalList } from './model/journal-list.js';
import { MachineBook } from './model/machine-book.js';
import { NodeBoard, SiteBook } from './model/node-facts.js';
import { Playback } from './model/playback.js';
import { RackList } from './model/rack-list.js';
import { entryText } from './views/entry-text.js';

/** All that is made of one journal. */
export interface Past {
  readonly log: EntryLog;
  readonly playback: Playback;
  readonly board: NodeBoard;
  readonly rack: RackList;
  readonly journal: JournalList;
}

export function nothingPast(site: Site | null): Past {
  const log = new EntryLog();
  const board = new NodeBoard(new SiteBook(site));
  const playback = new Playback(log, new MachineBook(), 'live');
  return { log, playback, board, rack: new RackList(board), journal: new JournalList(log, entryText) };
}
