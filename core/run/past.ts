import type { MachineId } from '../ids.js';
import type { Entry } from '../journal/entry.js';
import type { Mishap } from '../scenario/scenario.js';

/** A mishap that began before the crash. */
export interface Episode {
  readonly beganAt: number;
  hasHealed: boolean;
}

/** What of a scenario had been played when the rig crashed, as the journal tells. */
export class Past {
  readonly #started = new Set<MachineId>();
  readonly #told = new Map<MachineId, readonly string[]>();
  readonly #entered = new Set<string>();
  readonly #episodes = new Map<string, Episode[]>();
  readonly #seen = new Set<string>();
  #steps = 0;

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) this.#take(entry);
  }

  hasStarted(machine: MachineId): boolean {
    return this.#started.has(machine);
  }

  /** What the scenario has told a machine, by the names of the events. */
  toldTo(machine: MachineId): readonly string[] {
    return this.#told.get(machine) ?? [];
  }

  /** How many steps of the scenario were taken, and into which states images have come since the last. */
  get stepsTaken(): number {
    return this.#steps;
  }

  get seenSinceStep(): ReadonlySet<string> {
    return this.#seen;
  }

  hasEntered(machine: MachineId, state: string): boolean {
    return this.#entered.has(`${machine} ${state}`);
  }

  /** Each is given out once, as a scenario may have the same mishap twice. Null: it has not begun. */
  takeEpisode({ mishap, node }: Mishap): Episode | null {
    return this.#episodes.get(`${mishap} ${node}`)?.shift() ?? null;
  }

  #take(entry: Entry): void {
    if (entry.entry === 'started') this.#started.add(entry.machine);
    if (entry.entry === 'entered') this.#entered.add(`${entry.machine} ${entry.state}`);
    if (entry.entry === 'told' && entry.from === 'scenario') this.#takeRequest(entry.machine, entry.event.type);
    if (entry.entry === 'entered' && entry.machine.startsWith('image:')) {
      this.#seen.add(`${entry.machine} ${entry.state}`);
    }
    if (entry.entry !== 'mishap') return;
    const name = `${entry.mishap} ${entry.node}`;
    const episodes = this.#episodes.get(name) ?? [];
    this.#episodes.set(name, episodes);
    const open = episodes.find(({ hasHealed }) => !hasHealed);
    if (entry.change === 'begins') episodes.push({ beganAt: entry.at, hasHealed: false });
    else if (open !== undefined) open.hasHealed = true;
  }

  #takeRequest(machine: MachineId, word: string): void {
    if (!machine.startsWith('image:')) {
      this.#told.set(machine, [...this.toldTo(machine), word]);
      return;
    }
    this.#steps += 1;
    this.#seen.clear();
  }
}

export const NOTHING_PAST = new Past([]);
