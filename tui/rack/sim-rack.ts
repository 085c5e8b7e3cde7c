import type { Said } from '../../core/bus/topics.js';
import { Engine } from '../../core/engine/engine.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { machineId } from '../../core/ids.js';
import type { Append, Entry, Happening } from '../../core/journal/entry.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import { MishapRequests } from '../../core/run/mishap-requests.js';
import { isNodeSaid, NodeRequests } from '../../core/run/node-requests.js';
import type { Plan } from '../../core/scenario/plan.js';
import { openSimRack, type SimRack } from '../../sim/rack.js';

export interface SimRackRun {
  readonly name: string;
  readonly plan: Plan;
  readonly seed: number;
  /** What an earlier process wrote of this run; none: it begins. */
  readonly earlier: readonly Entry[];
  readonly append: Append;
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
  readonly #nodes: NodeRequests;
  readonly #mishaps: MishapRequests;
  /** How many of the earlier entries have come again. */
  #again = 0;
  /** How much faster than a clock on the wall; 0: it stands. */
  pace = 1;
  /** Whether somebody asked for the end. */
  isOver = false;

  /** @throws FaultError JRN-004 where it does not come to what was written */
  constructor(run: SimRackRun) {
    this.#run = run;
    const { plan, seed, earlier, name } = run;
    this.#rack = openSimRack({ plan, seed });
    const { clock, perform, mishaps } = this.#rack;
    const nodes = plan.nodes.map(({ id }) => id);
    this.#nodes = new NodeRequests({ rack: name, nodes, clock, engine: () => this.#engine });
    this.#mishaps = new MishapRequests({ nodes: plan.nodes, clock, append: this.#append, mishaps });
    this.#engine = new Engine({ clock, perform, append: this.#append, onEntered: this.#nodes.entered });
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

  /** Why this can't be done, else null. */
  judge(said: Said): Fault | null {
    if (isNodeSaid(said)) return this.#nodes.judge(said);
    switch (said.topic) {
      case 'mishap.begin':
        return this.#nodes.unknown(said.payload.node) ?? this.#mishaps.judge('begin', said.payload);
      case 'mishap.heal':
        return this.#nodes.unknown(said.payload.node) ?? this.#mishaps.judge('heal', said.payload);
      case 'clock.pace':
      case 'rack.down':
        return null;
      case 'effect.perform':
      case 'effect.cancel':
      case 'effect.done':
      case 'effect.failed':
        return { code: 'BUS-003', kind: 'topic.unknown', topic: said.topic };
    }
  }

  act(said: Said): void {
    if (isNodeSaid(said)) return this.#nodes.act(said);
    switch (said.topic) {
      case 'mishap.begin':
        return this.#mishaps.begin(said.payload);
      case 'mishap.heal':
        return this.#mishaps.heal(said.payload);
      case 'clock.pace':
        this.pace = said.payload.pace;
        return;
      case 'rack.down':
        this.isOver = true;
        return;
      case 'effect.perform':
      case 'effect.cancel':
      case 'effect.done':
      case 'effect.failed':
        throw new Error(`bug: ${said.topic} was judged to be done`);
    }
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
