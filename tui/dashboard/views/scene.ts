import type { Moment } from '../model/why.js';
import type { JournalList } from '../model/journal-list.js';
import type { ListFacts } from '../model/list-window.js';
import type { NodeBoard } from '../model/node-facts.js';
import type { Motion } from '../model/playback.js';
import type { Bookings } from '../model/schedule.js';
import type { WireSource } from '../model/wire.js';
import type { RackList } from '../model/rack-list.js';
import type { ListName, Ui } from '../model/ui.js';
import type { Glyphs, Line, Size } from './line.js';

/** All that a frame is drawn from. */
export interface Scene {
  readonly moment: Moment;
  readonly ui: Ui;
  readonly size: Size;
  readonly glyphs: Glyphs;
  readonly board: NodeBoard;
  readonly rack: RackList;
  readonly journal: JournalList;
  /** What a schedule holds beside the journal. */
  readonly bookings: () => Bookings;
  /** The frames of the run; null where none were kept. */
  readonly wire: WireSource | null;
  /** How the moment moves, and how fast while it plays. */
  readonly motion: Motion;
  readonly speed: number;
  /** Whether more may come: the run goes on. */
  readonly mayGrow: boolean;
  /** What has become of the connection to a live run; null where all is well. */
  readonly trouble: string | null;
  /** Whether something can be asked of what is shown, now. */
  readonly canOperate: boolean;
  /** The last lines of a node's serial console, as far as they were kept; null where there is none. */
  readonly console: (node: string) => readonly string[] | null;
}

/** What a screen fills its area with, and the lists on it that can be walked through. */
export interface Screenful {
  readonly lines: readonly Line[];
  readonly lists: Readonly<Partial<Record<ListName, ListFacts>>>;
}
