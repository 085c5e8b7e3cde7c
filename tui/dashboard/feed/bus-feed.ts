import type { Bus } from '../../../core/bus/bus.js';
import { FaultError, says } from '../../../core/faults/fault.js';
import type { Entry } from '../../../core/journal/entry.js';
import type { Site } from '../../../core/site/site.js';
import { ConsoleFiles } from './console-files.js';
import type { Feed } from './feed.js';

export interface BusFeedParts {
  readonly bus: Bus;
  /** Number of the rack's newest entry when it was reached. */
  readonly last: number;
  /** The folder of its run where that is on this host: consoles are read from there. */
  readonly run: string | null;
  /** How the rack is called, where its run is elsewhere. */
  readonly name: string;
  readonly site: Site | null;
}

/** A rack that is up, watched over its bus. Once asked for, each entry comes once and in order, whatever is lost. */
export function busFeed({ bus, last, run, name, site }: BusFeedParts): Feed {
  const consoles = run === null ? null : new ConsoleFiles(run);
  return {
    name: run ?? name,
    isGrowing: true,
    site,
    entries: (from) => entriesUpTo(bus, from, last),
    follow: (from, { take, trouble, restart }, signal) => {
      const end = bus.watch({
        from,
        onEntries: ({ entries }) => take(entries, 0),
        onState: (state) => {
          if (state === 'other') restart();
          else trouble(state === 'silent' ? 'the rack is silent' : null);
        },
        onBroken: (fault) => trouble(`${fault.code} ${says(fault)}`),
      });
      signal.addEventListener('abort', end, { once: true });
    },
    console: (node) => consoles?.lines(node) ?? null,
    close: () => bus.close(),
  };
}

/** @throws FaultError BUS-001 when the journal cannot be read */
function entriesUpTo(bus: Bus, from: number, last: number): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  if (last < from) return Promise.resolve(all);
  return new Promise((resolve, reject) => {
    const end = bus.watch({
      from,
      onEntries: ({ entries }) => {
        for (const entry of entries) if (entry.seq <= last) all.push(entry);
        if (all.length <= last - from) return;
        end();
        resolve(all);
      },
      onBroken: (fault) => reject(new FaultError(fault)),
    });
  });
}
