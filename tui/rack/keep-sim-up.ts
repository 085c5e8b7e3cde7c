import { join } from 'node:path';
import type { Clock, Timer } from '../../core/clock.js';
import type { Said } from '../../core/bus/topics.js';
import { planOf } from '../../core/scenario/plan.js';
import { BUNDLE } from '../../drivers/run-bundle/bundle.js';
import { systemClock } from '../../drivers/system-clock/system-clock.js';
import { keepUp, scenarioText, seedOf, type KeepUpParts, type KeptRun, type KeptWorld } from './keep.js';
import { SimConsoles } from './sim-consoles.js';
import { LiveSim } from './sim-rack.js';

export interface KeepSimUpParts extends KeepUpParts {
  /** How many times as fast as a clock; null: as before. */
  readonly pace: number | null;
}

/** As long as an eye takes for one picture. */
const TICK_MS = 20;

/** Keeps a simulated rack up. @returns and @throws as `keepUp` */
export function keepSimUp(parts: KeepSimUpParts): Promise<boolean> {
  return keepUp({ ...parts, world: 'sim' }, (run) => {
    const consoles = new SimConsoles(join(run.run, BUNDLE.consoles));
    return new PacedSim(openSim(parts, run, consoles), consoles, systemClock());
  });
}

function openSim(
  { place, site, pace, ...parts }: KeepSimUpParts,
  { run, journal, earlier }: KeptRun,
  consoles: SimConsoles,
): LiveSim {
  const plan = planOf(scenarioText(site), join(run, BUNDLE.scenario), site);
  const seed = seedOf(earlier) ?? parts.seed;
  const sim = new LiveSim({
    name: place.name,
    plan,
    seed,
    earlier,
    append: journal.append,
    onConsole: (node, text) => consoles.say(node, text),
  });
  if (earlier.length > 0) journal.append({ entry: 'resumed', entries: earlier.length }, sim.now);
  if (pace !== null) sim.pace = pace;
  return sim;
}

/** Lets the rack's time go by as the wall's does, so many times as fast. */
class PacedSim implements KeptWorld {
  readonly places = null;
  readonly #sim: LiveSim;
  readonly #consoles: SimConsoles;
  readonly #clock: Clock;
  #from: { readonly at: number; readonly wall: number };

  constructor(sim: LiveSim, consoles: SimConsoles, clock: Clock) {
    this.#sim = sim;
    this.#consoles = consoles;
    this.#clock = clock;
    this.#from = { at: sim.now, wall: clock.now() };
  }

  get isOver(): boolean {
    return this.#sim.isOver;
  }

  now(): number {
    return this.#sim.now;
  }

  judge(said: Said) {
    // What is due comes before what is asked now.
    this.#catchUp();
    return this.#sim.judge(said);
  }

  act(said: Said): void {
    this.#sim.act(said);
    this.#restart();
  }

  /** Whatever was written down was done again when the rack was simulated anew. */
  begin(): void {}

  untilOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const tick = (): void => {
        this.#catchUp();
        this.#consoles.flush();
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#consoles.flush();
  }

  #catchUp(): void {
    const { at, wall } = this.#from;
    const now = at + (this.#clock.now() - wall) * this.#sim.pace;
    // Whole microseconds, as a journal has them.
    this.#sim.passTo(Math.round(now * 1000) / 1000);
  }

  /** From here on at the pace that it has now. */
  #restart(): void {
    this.#from = { at: this.#sim.now, wall: this.#clock.now() };
  }
}
