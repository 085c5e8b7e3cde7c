import type { Said } from '../../core/bus/topics.js';
import { Engine } from '../../core/engine/engine.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId, type NodeId } from '../../core/ids.js';
import type { Append, Entry, Happening } from '../../core/journal/entry.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import type { Plan } from '../../core/scenario/plan.js';
import { openSimRack, type SimRack } from '../../sim/rack.js';
import { RackDesk } from './rack-desk.js';

export interface SimRackRun {
  readonly name: string;
  readonly plan: Plan;
  readonly seed: number;
  /** What an earlier process wrote of this run; none: it begins. */
  readonly earlier: readonly Entry[];
  readonly append: Append;
  /** What consoles say, also what they said in an earlier process. */
  readonly onConsole?: (node: NodeId, text: string) => void;
}

/**
 * A simulated rack that stays up: machines over a world in memory, moved on by whoever keeps the time. One seed and the
 * same requests at the same instants give the same journal, so a rack whose process was killed is simulated anew up to
 * the end of its journal, each entry held against the written one, and goes on from there.
 */
export class LiveSim {
  readonly #run: SimRackRun;
  readonly #rack: SimRack;
  readonly #engine: Engine;
  readonly #desk: RackDesk;
  /** How many of the earlier entries have come again. */
  #again = 0;
  /** How much faster than a clock on the wall; 0: it stands. */
  pace = 1;
  /** Whether somebody asked for the end. */
  isOver = false;

  /** @throws FaultError JRN-004 where it does not come to what was written */
  constructor(run: SimRackRun) {
    this.#run = run;
    const { plan, seed, earlier, name, onConsole } = run;
    this.#rack = openSimRack({ plan, seed, ...(onConsole === undefined ? {} : { onConsole }) });
    const { clock, perform, mishaps } = this.#rack;
    const append = this.#append;
    this.#desk = new RackDesk({
      rack: name,
      nodes: plan.nodes,
      clock,
      append,
      mishaps,
      engine: () => this.#engine,
      onPace: (pace) => void (this.pace = pace),
      onDown: () => void (this.isOver = true),
    });
    this.#engine = new Engine({ clock, perform, append, onEntered: this.#desk.entered });
    this.#append({ entry: 'opened', version: 1, scenario: `rack ${name}`, world: 'sim', seed }, 0);
    this.#begin();
    while (this.#again < earlier.length) this.#rehearse();
    this.isOver = false;
  }

  /** The rack's own time. */
  get now(): number {
    return this.#rack.clock.now();
  }

  /** Time goes on to `at`, and everything happens that is due by then. */
  passTo(at: number): void {
    if (at > this.now) this.#rack.clock.run(at);
  }

  judge(said: Said): Fault | null {
    return this.#desk.judge(said);
  }

  act(said: Said): void {
    this.#desk.act(said);
  }

  #begin(): void {
    const { node, boot } = compiledSteppers();
    const { plan } = this.#run;
    const { deadlines } = plan;
    for (const { id } of plan.nodes) {
      this.#engine.start(machineId('node', id), node, { node: id });
      this.#engine.start(machineId('boot', id), boot, { node: id, deadlines_ms: deadlines });
    }
    for (const { id } of plan.nodes) {
      this.#engine.tell(machineId('node', id), 'rack', { type: 'deploy.requested', at: this.now });
    }
  }

  /** Brings about the next of the earlier entries. */
  #rehearse(): void {
    const { earlier } = this.#run;
    const next = earlier[this.#again];
    if (next === undefined) return;
    if (next.entry === 'resumed') {
      this.#again += 1;
    } else if (next.entry === 'requested') {
      // What comes from outside came when all that was due by then had happened.
      this.passTo(next.at);
      if (earlier[this.#again] !== next) throw diverged(next, 'something else');
      this.#again += 1;
      // It was parsed before it was written down.
      if (next.fault === null && next.said !== null) this.act(next.said as Said);
    } else if (!this.#rack.clock.step(next.at)) {
      throw diverged(next, 'nothing');
    }
  }

  readonly #append: Append = (happening, at) => {
    const recorded = this.#run.earlier[this.#again];
    if (recorded === undefined) return this.#run.append(happening, at);
    this.#again += 1;
    const expected = textOf(happening, at);
    const { seq: _, ...rest } = recorded;
    if (JSON.stringify(rest) !== expected) throw diverged(recorded, expected);
    return true;
  };
}

/** Members in the order in which a journal has them. */
function textOf(happening: Happening, at: number): string {
  return JSON.stringify({ at, ...happening });
}

function diverged(entry: Entry, expected: string): FaultError {
  const recorded = JSON.stringify(entry);
  return new FaultError({ code: 'JRN-004', kind: 'journal.diverges', entry: entry.seq, expected, recorded });
}
