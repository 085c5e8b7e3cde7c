import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Said } from '../../core/bus/topics.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { Site } from '../../core/site/site.js';
import { JournalFile } from '../../drivers/journal-file/driver.js';
import { LockFile } from '../../drivers/lun-store/lock-file.js';
import { BUNDLE, createBundle } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { parseAddress, textOf, type BusAddress } from '../../drivers/zmq-bus/address.js';
import { openHost } from '../../drivers/zmq-bus/host.js';
import type { RackKeys } from '../../drivers/zmq-bus/keychain.js';
import { JournalService } from '../compose/journal-service.js';
import { ownVersions } from '../package.js';
import { journalOf, type RackPlace } from './place.js';

export interface KeepUpParts {
  readonly place: RackPlace;
  readonly site: Site;
  readonly siteText: string;
  readonly seed: number;
  /** Where it listens beside its own folder. */
  readonly listen: { readonly address: BusAddress; readonly keys: RackKeys } | null;
  readonly signal: AbortSignal;
  /** Called once others can reach it. */
  readonly onUp: (told: RackUp) => void;
}

export interface RackUp {
  readonly addresses: readonly string[];
  readonly entries: number;
  readonly run: string;
  /** Where its BMCs and PDUs are; null where it has none that others could reach. */
  readonly places: RackState | null;
}

/** The run that a rack is in. */
export interface KeptRun {
  /** Its folder. */
  readonly run: string;
  readonly journal: JournalFile;
  /** What earlier processes wrote of it; none: it begins. */
  readonly earlier: readonly Entry[];
}

/**
 * What happens in a rack that is kept up: machines over one of the worlds. Once it is disposed of, nothing of it runs
 * any more, and nothing more is journaled; twice does nothing more.
 */
export interface KeptWorld extends AsyncDisposable {
  /** The rack's own time. */
  now(): number;
  /** Why this can't be done, else null. */
  judge(said: Said): Fault | null;
  act(said: Said): void;
  /**
   * From here on it moves; all that is to be done at once is done before it comes back.
   * @param catchUp does what a crash cut off between a request's being written down and its first effect
   */
  begin(catchUp: () => void): void;
  /** Comes when somebody has asked for its end, or the signal is aborted. Rejects on a bug of ours. */
  untilOver(signal: AbortSignal): Promise<void>;
  readonly isOver: boolean;
  readonly places: RackState | null;
}

export type OpenWorld = (opened: KeptRun) => Promise<KeptWorld> | KeptWorld;

/**
 * Keeps a rack up until it is told to end, or the signal comes.
 * @returns whether somebody asked for its end; a signal lets it go on another time
 * @throws FaultError RCK-002, JRN-001 to 004, BUS-007, BUS-013, and what the world can't be opened for
 */
export async function keepUp(parts: KeepUpParts & { readonly world: string }, open: OpenWorld): Promise<boolean> {
  const { place } = parts;
  place.make();
  const lock = locked(place);
  try {
    const run = openRun(parts);
    await using world = await open(run);
    await serve(parts, run, world);
    run.journal.close();
    return world.isOver;
  } finally {
    place.leave();
    lock.release();
  }
}

async function serve(parts: KeepUpParts, { run, journal, earlier }: KeptRun, world: KeptWorld): Promise<void> {
  const { place, signal } = parts;
  const clock = systemClock();
  const service = new JournalService({
    name: run,
    file: journalOf(run),
    consoles: join(run, BUNDLE.consoles),
    journal,
    clock: world,
    earlier,
    judge: (said) => world.judge(said),
    act: (said) => world.act(said),
  });
  world.begin(() => service.catchUp());
  const own = { address: parseAddress(`ipc://${place.bus}`), keys: null };
  const listen = parts.listen === null ? [own] : [own, parts.listen];
  const { host, addresses, close } = await openHost({ service, clock, listen });
  service.publishTo(host);
  place.keep(run, textOf(own.address), world.places);
  parts.onUp({ addresses: addresses.map(textOf), entries: journal.length, run, places: world.places });
  const broken = new AbortController();
  journal.onBroken = () => broken.abort();
  try {
    await world.untilOver(AbortSignal.any([signal, broken.signal]));
    await world[Symbol.asyncDispose]();
    if (world.isOver) journal.append({ entry: 'closed', verdict: 'pass' }, world.now());
    await service.settled();
  } finally {
    await close();
    service.close();
  }
}

function locked(place: RackPlace): LockFile {
  try {
    return LockFile.take(join(place.folder, 'rack'));
  } catch (thrown) {
    const fault = thrown instanceof FaultError ? thrown.fault : null;
    if (fault?.code !== 'LUN-005') throw thrown;
    throw new FaultError({ code: 'RCK-002', kind: 'rack.isUp', rack: place.name, pid: fault.pid }, thrown);
  }
}

/** The newest run, if it was not ended by somebody and is of the same world; else a new one. */
function openRun({ place, site, siteText, world }: KeepUpParts & { readonly world: string }): KeptRun {
  const runs = place.runs();
  const newest = runs.at(-1);
  if (newest !== undefined && existsSync(journalOf(newest))) {
    const { journal, read } = JournalFile.reopen(journalOf(newest));
    if (isOf(world, read.entries) && !hasEnded(read.entries)) return { run: newest, journal, earlier: read.entries };
    journal.close();
  }
  const run = join(place.folder, `run-${runs.length + 1}`);
  const bundle = createBundle(run);
  bundle.write(BUNDLE.scenario, scenarioText(site));
  bundle.write(BUNDLE.site, siteText);
  bundle.write(BUNDLE.versions, `${JSON.stringify(ownVersions(), null, 1)}\n`);
  return { run, journal: JournalFile.create(journalOf(run), 'each'), earlier: [] };
}

function isOf(world: string, [first]: readonly Entry[]): boolean {
  return first?.entry !== 'opened' || first.world === world;
}

/** Its end was asked for, be it that the process was killed before it came to it. */
function hasEnded(entries: readonly Entry[]): boolean {
  return entries.some((entry) => {
    if (entry.entry === 'requested') return entry.fault === null && entry.said?.topic === 'rack.down';
    return entry.entry === 'closed';
  });
}

/** As JSON, which is YAML too. */
export function scenarioText({ name }: Site): string {
  const written = {
    version: 1,
    name: `rack ${name}`,
    description: 'A rack that is kept up, and operated.',
    site: BUNDLE.site,
    expect: { all: { outcome: 'up' } },
  };
  return `${JSON.stringify(written, null, 1)}\n`;
}

export function seedOf([first]: readonly Entry[]): number | null {
  return first?.entry === 'opened' ? first.seed : null;
}
