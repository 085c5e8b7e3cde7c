import type { Entry } from '../../../core/journal/entry.js';
import type { WireSource } from '../model/wire.js';
import type { Operate } from '../keys/operate.js';
import type { Site } from '../../../core/site/site.js';

/** What a feed hands over as it comes. */
export interface FeedSink {
  /** In order, each after the one before without a gap. `age_ms`: how long ago the last of them happened. */
  readonly take: (entries: readonly Entry[], age_ms: number) => void;
  /** Something is wrong with where they come from, in a few words; null: all is well again. */
  readonly trouble: (what: string | null) => void;
  /** It is another journal from here on: its entries come from the first one. */
  readonly restart: () => void;
}

/** Where a dashboard gets its journal from: a bundle, one that is still being written, a rack that is up. */
export interface Feed {
  /** How the journal is named to somebody who is to look at the same: a replay token, or a directory. */
  readonly name: string;
  /** Whether more may come. */
  readonly isGrowing: boolean;
  /** What the site file says, where there is one. */
  readonly site: Site | null;
  /** Entries numbered `from` and above, as far as there are any now. @throws FaultError when there is no journal */
  readonly entries: (from: number) => readonly Entry[] | Promise<readonly Entry[]>;
  /** All that comes from `from` on, until the signal aborts. Nothing where none is to come. */
  readonly follow: (from: number, sink: FeedSink, signal: AbortSignal) => void;
  /** The last lines of a node's serial console; null where none was kept. */
  readonly console: (node: string) => readonly string[] | null;
  /** The frames of the run; null where none were kept. */
  readonly wire: WireSource | null;
  /** Asks something of the rack; where that can't be, why. */
  readonly operate: Operate | string;
}
