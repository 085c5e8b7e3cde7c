import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../core/clock.js';
import { faultOf, says } from '../../../core/faults/fault.js';
import type { Entry } from '../../../core/journal/entry.js';
import { parseSite } from '../../../core/site/parse.js';
import type { Site } from '../../../core/site/site.js';
import { JournalTail } from '../../../drivers/journal-file/tail.js';
import { BUNDLE } from '../../../drivers/run-bundle/bundle.js';
import { wallNow } from '../../../drivers/system-clock/wall.js';
import { ConsoleFiles } from './console-files.js';
import type { Feed } from './feed.js';
import { wireIn } from './wire-capture.js';

/** Often enough for an eye, and nothing for a disk: a look at a file's size. */
const LOOK_MS = 100;

const RECORD = 'a record is asked nothing';

/** A run whose bundle is there, or is still being written by another process. */
export function bundleFeed(
  directory: string,
  { isFollowed, clock }: { readonly isFollowed: boolean; readonly clock: Clock },
): Feed {
  const tail = new JournalTail(join(directory, BUNDLE.journal));
  const consoles = new ConsoleFiles(directory);
  const ageOf = (entries: readonly Entry[], writtenAt: number): number =>
    entries.at(-1)?.entry === 'closed' ? 0 : Math.max(0, wallNow().at - writtenAt);
  return {
    name: tokenIn(directory) ?? directory,
    isGrowing: isFollowed,
    site: siteIn(directory),
    entries: () => tail.read().entries,
    follow: (_from, { take, trouble }, signal) => {
      let timer: Timer | null = null;
      signal.addEventListener('abort', () => timer?.cancel(), { once: true });
      const look = (): void => {
        if (signal.aborted) return;
        try {
          const { entries, writtenAt } = tail.read();
          if (entries.length > 0) take(entries, ageOf(entries, writtenAt));
        } catch (thrown) {
          const fault = faultOf(thrown);
          if (fault === null) throw thrown;
          // What follows can't be believed; what came before stays on the screen.
          trouble(`${fault.code} ${says(fault)}`);
          return;
        }
        timer = clock.setTimer(LOOK_MS, look);
      };
      look();
    },
    console: (node) => consoles.lines(node),
    wire: wireIn(directory),
    operate: RECORD,
  };
}

/** Entries that are there already: a run that was played again for its token. */
export function givenFeed({
  name,
  entries,
  site,
}: {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly site: Site | null;
}): Feed {
  return {
    name,
    isGrowing: false,
    site,
    entries: (from) => entries.slice(from - 1),
    follow: () => {},
    console: () => null,
    wire: null,
    operate: RECORD,
  };
}

function tokenIn(directory: string): string | null {
  const report = readIf(join(directory, BUNDLE.report));
  if (report === null) return null;
  const value: unknown = JSON.parse(report);
  return typeof value === 'object' && value !== null && 'token' in value ? String(value.token) : null;
}

/** A dashboard goes without it: the journal tells the rest. */
function siteIn(directory: string): Site | null {
  const text = readIf(join(directory, BUNDLE.site));
  if (text === null) return null;
  try {
    return parseSite(text, BUNDLE.site);
  } catch (thrown) {
    if (faultOf(thrown) === null) throw thrown;
    return null;
  }
}

function readIf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
