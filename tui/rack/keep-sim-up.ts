import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import type { Entry } from '../../core/journal/entry.js';
import { planOf } from '../../core/scenario/plan.js';
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
import { LiveSim } from './sim-rack.js';
import { journalOf, type RackPlace } from './place.js';

export interface KeepUpParts {
  readonly place: RackPlace;
  readonly site: Site;
  readonly siteText: string;
  readonly seed: number;
  readonly pace: number | null;
  /** Where it listens beside its own folder. */
  readonly listen: { readonly address: BusAddress; readonly keys: RackKeys } | null;
  readonly signal: AbortSignal;
  /** Called once others can reach it. */
  readonly onUp: (told: {
    readonly addresses: readonly string[];
    readonly entries: number;
    readonly run: string;
  }) => void;
}

/** As long as an eye takes for one picture. */
const TICK_MS = 20;

/**
 * Keeps a simulated rack up until it is told to end, or the signal comes.
 * @returns whether somebody asked for its end; a signal lets it go on another time
 * @throws FaultError RCK-002, JRN-001 to 004, BUS-007, BUS-013
 */
export async function keepSimUp(parts: KeepUpParts): Promise<boolean> {
  const { place, signal } = parts;
  place.make();
  const lock = locked(place);
  try {
    const { run, journal, sim, earlier } = openRack(parts);
    const clock = systemClock();
    const time = new Pacer(sim, clock);
    const service = serviceOf({ run, journal, earlier, sim, time });
    const own = { address: parseAddress(`ipc://${place.bus}`), keys: null };
    const listen = parts.listen === null ? [own] : [own, parts.listen];
    const { host, addresses, close } = await openHost({ service, clock, listen });
    service.publishTo(host);
    place.keep(run, textOf(own.address));
    parts.onUp({ addresses: addresses.map(textOf), entries: journal.length, run });
    await time.untilOver(signal);
    if (sim.isOver) journal.append({ entry: 'closed', verdict: 'pass' }, sim.now);
    await service.settled();
    await close();
    service.close();
    journal.close();
    return sim.isOver;
  } finally {
    place.leave();
    lock.release();
  }
}

interface Opened {
  readonly run: string;
  readonly journal: JournalFile;
  readonly earlier: readonly Entry[];
  readonly sim: LiveSim;
}

function openRack(parts: KeepUpParts): Opened {
  const { place, site, pace } = parts;
  const { run, journal, earlier } = openRun(parts);
  const plan = planOf(scenarioText(site), join(run, BUNDLE.scenario), site);
  const seed = seedOf(earlier) ?? parts.seed;
  const sim = new LiveSim({ name: place.name, plan, seed, earlier, append: journal.append });
  if (earlier.length > 0) journal.append({ entry: 'resumed', entries: earlier.length }, sim.now);
  if (pace !== null) sim.pace = pace;
  return { run, journal, earlier, sim };
}

function serviceOf({ run, journal, earlier, sim, time }: Opened & { readonly time: Pacer }): JournalService {
  return new JournalService({
    name: run,
    file: journalOf(run),
    journal,
    clock: { now: () => sim.now },
    earlier,
    judge: (said) => {
      // What is due comes before what is asked now.
      time.catchUp();
      return sim.judge(said);
    },
    act: (said) => {
      sim.act(said);
      time.restart();
    },
  });
}

/** Lets the rack's time go by as the wall's does, so many times as fast. */
class Pacer {
  readonly #sim: LiveSim;
  readonly #clock: Clock;
  #from: { readonly at: number; readonly wall: number };

  constructor(sim: LiveSim, clock: Clock) {
    this.#sim = sim;
    this.#clock = clock;
    this.#from = { at: sim.now, wall: clock.now() };
  }

  catchUp(): void {
    const { at, wall } = this.#from;
    const now = at + (this.#clock.now() - wall) * this.#sim.pace;
    // Whole microseconds, as a journal has them.
    this.#sim.passTo(Math.round(now * 1000) / 1000);
  }

  /** From here on at the pace that it has now. */
  restart(): void {
    this.#from = { at: this.#sim.now, wall: this.#clock.now() };
  }

  untilOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const tick = (): void => {
        this.catchUp();
        if (this.#sim.isOver || signal.aborted) resolve();
        else timer = this.#clock.setTimer(TICK_MS, tick);
      };
      const stop = (): void => {
        timer?.cancel();
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      tick();
    });
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

/** The newest run, if it was not ended by somebody and is of the same site; else a new one. */
function openRun({ place, site, siteText }: KeepUpParts) {
  const runs = place.runs();
  const newest = runs.at(-1);
  if (newest !== undefined && existsSync(journalOf(newest))) {
    const { journal, read } = JournalFile.reopen(journalOf(newest));
    if (!hasEnded(read.entries)) return { run: newest, journal, earlier: read.entries };
    journal.close();
  }
  const run = join(place.folder, `run-${runs.length + 1}`);
  const bundle = createBundle(run);
  bundle.write(BUNDLE.scenario, scenarioText(site));
  bundle.write(BUNDLE.site, siteText);
  bundle.write(BUNDLE.versions, `${JSON.stringify(ownVersions(), null, 1)}\n`);
  return { run, journal: JournalFile.create(journalOf(run), 'each'), earlier: [] as readonly Entry[] };
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
  const description = 'A rack that is kept up: all its nodes are switched on, and then it is operated.';
  const written = {
    version: 1,
    name: `rack ${name}`,
    description,
    site: BUNDLE.site,
    expect: { all: { outcome: 'up' } },
  };
  return `${JSON.stringify(written, null, 1)}\n`;
}

function seedOf([first]: readonly Entry[]): number | null {
  return first?.entry === 'opened' ? first.seed : null;
}
