import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { parseRackState, type RackState } from '../../core/site/rack-state.js';
import { NO_PROCESS, processStart } from '../../drivers/process/alive.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { runtimeFolder } from '../compose/rack-state.js';

/** The process that keeps a rack up. `start` tells it from a later one that was given its number. */
export interface Keeper {
  readonly pid: number;
  readonly start: string;
  /** Where its bus listens on this host. */
  readonly address: string;
  /** The run's folder. */
  readonly run: string;
}

/** A folder in which a rack lives: who keeps it up, its runs, its log, its bus. */
export class RackPlace {
  readonly name: string;
  readonly folder: string;

  constructor(folder: string, name: string) {
    this.folder = folder;
    this.name = name;
  }

  get log(): string {
    return join(this.folder, 'log');
  }

  get bus(): string {
    return join(this.folder, 'bus');
  }

  /**
   * A folder for the sockets of emulated nodes, and for what their BMCs keep from others. It is elsewhere, since a
   * socket's whole path has at most 107 bytes, and always the same one for the same rack.
   */
  get sockets(): string {
    return join(runtimeFolder(), createHash('sha256').update(resolve(this.folder)).digest('hex').slice(0, 16));
  }

  /** A folder for keys and certificates of emulated BMCs. */
  get certificates(): string {
    return join(this.folder, 'certificates');
  }

  /** Who keeps it up; null where nobody does, whatever a killed process left behind. */
  keeper(): Keeper | null {
    const keeper = keeperIn(join(this.folder, KEEPER));
    const isAlive = keeper !== null && keeper.start !== NO_PROCESS && processStart(keeper.pid) === keeper.start;
    return isAlive ? keeper : null;
  }

  /** @throws FaultError RCK-001 */
  requireKeeper(): Keeper {
    const keeper = this.keeper();
    if (keeper !== null) return keeper;
    throw new FaultError({ code: 'RCK-001', kind: 'rack.down', rack: this.name, folder: this.folder });
  }

  /** Where BMCs and PDUs are of an emulated rack, or were when it was up; null where there are none to reach. */
  places(): RackState | null {
    try {
      return parseRackState(readFileSync(join(this.folder, PLACES), 'utf8'));
    } catch {
      return null;
    }
  }

  /** This process keeps it up. Whole or not at all, whoever reads it meanwhile. */
  keep(run: string, address: string, places: RackState | null): void {
    const keeper: Keeper = { pid: process.pid, start: processStart(process.pid), address, run };
    if (places === null) rmSync(join(this.folder, PLACES), { force: true });
    else this.#write(PLACES, places);
    this.#write(KEEPER, keeper);
  }

  leave(): void {
    if (this.keeper()?.pid !== process.pid) return;
    rmSync(join(this.folder, KEEPER), { force: true });
  }

  #write(name: string, value: object): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** Folders of its runs, oldest first. */
  runs(): readonly string[] {
    const numbers = readdirSync(this.folder).flatMap((name) => /^run-(\d+)$/.exec(name)?.[1] ?? []);
    return numbers.sort((a, b) => Number(a) - Number(b)).map((number) => join(this.folder, `run-${number}`));
  }

  make(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
  }
}

const KEEPER = 'keeper.json';
const PLACES = 'places.json';

/** @see XDG Base Directory Specification 0.8: a relative path there is to be ignored */
export function racksFolder(): string {
  const { METALRIG_RACKS: racks = '', XDG_STATE_HOME: state = '' } = process.env;
  if (racks !== '') return racks;
  return join(state.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'metalrig', 'racks');
}

export function rackPlace(name: string): RackPlace {
  return new RackPlace(join(racksFolder(), folderName(name)), name);
}

/** A site may be called anything: `../x` too, which is no way out of here. */
function folderName(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E');
}

/** Those that somebody keeps up, by name. */
export function racksUp(): readonly RackPlace[] {
  return namesIn(racksFolder())
    .flatMap(placeIn)
    .filter((place) => place.keeper() !== null);
}

/** Where a run's journal is. */
export function journalOf(run: string): string {
  return join(run, BUNDLE.journal);
}

function placeIn(folder: string): readonly RackPlace[] {
  try {
    return [rackPlace(decodeURIComponent(folder))];
  } catch {
    // Not a folder of ours.
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // No rack was ever up here.
    return [];
  }
}

function keeperIn(file: string): Keeper | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const isOne = typeof value === 'object' && value !== null && 'pid' in value && 'start' in value && 'run' in value;
    // Written by ourselves, whole.
    return isOne ? (value as Keeper) : null;
  } catch {
    return null;
  }
}
