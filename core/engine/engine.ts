import type { Clock } from '../clock.js';
import type { Answer, EffectKind } from '../effects/catalog.js';
import type { Cancel, Perform, PerformFar } from '../effects/perform.js';
import type { MachineId } from '../ids.js';
import type { Append } from '../journal/entry.js';
import type { Due } from '../journal/fold.js';
import { assert } from '../unreachable.js';
import type { Command, MachineEvent, Standing, Step, Stepper } from './step.js';
import { tellsOf, type Tell } from './tell.js';

/** What recovery has to do: pass on what was said, write and do what a crash cut off, ask again what was in flight. */
export interface Resumption {
  readonly tells: readonly Tell[];
  readonly due: readonly { readonly machine: MachineId; readonly due: Due }[];
  readonly again: readonly { readonly machine: MachineId; readonly ask: number; readonly command: Command }[];
}

/** An effect that was asked and not yet answered. */
export interface LiveAsk {
  readonly ask: number;
  readonly effect: EffectKind;
  cancel: Cancel;
}

/** A machine as it stands; what recovery restores. */
export interface Machine {
  readonly id: MachineId;
  readonly stepper: Stepper;
  standing: Standing;
  live: LiveAsk | null;
}

export interface EngineParts {
  readonly clock: Clock;
  readonly perform: Perform;
  /** Asked first, where some effects are performed in another process. */
  readonly far?: PerformFar | undefined;
  readonly append: Append;
  /** Called after each entering of a state, once it is journaled. */
  readonly onEntered: (machine: MachineId, standing: Standing) => void;
}

/**
 * Steps machines and speaks for them: journals every event before it acts on it, asks the world for effects, takes the
 * answers back as events. Holds no timer and no promise; what comes in while a step is under way waits its turn.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #machines = new Map<MachineId, Machine>();
  readonly #inbox: (() => void)[] = [];
  #isBusy = false;
  /** What cannot be journaled must not be acted on. */
  #isHalted = false;
  #asks = 0;

  constructor(parts: EngineParts, machines: readonly Machine[] = [], asks = 0) {
    this.#parts = parts;
    this.#asks = asks;
    for (const machine of machines) this.#machines.set(machine.id, machine);
  }

  start(id: MachineId, stepper: Stepper, input: unknown): void {
    assert(!this.#machines.has(id), `${id} is started once`);
    this.#enqueue(() => {
      if (!this.#journal({ entry: 'started', machine: id, kind: stepper.kind, input })) return;
      const step = stepper.start(input);
      const machine: Machine = { id, stepper, standing: step.standing, live: null };
      this.#machines.set(id, machine);
      this.#carryOut(machine, step);
    });
  }

  /** A request of an operator or a scenario. A machine that is not there is a bug of the caller. */
  tell(id: MachineId, from: string, event: Tell['event']): void {
    this.#enqueue(() => this.#deliverTold(id, from, event));
  }

  standing(id: MachineId): Standing | undefined {
    return this.#machines.get(id)?.standing;
  }

  /** Goes on where a journal ends; see `recover.ts`. All in one turn, so that the world's answers wait for its end. */
  resume({ tells, due, again }: Resumption): void {
    this.#enqueue(() => {
      // What machines told each other comes before anything that the world answers to what is asked below.
      for (const { to, from, event } of tells) this.#inbox.push(() => this.#deliverTold(to, from, event));
      for (const item of due) this.#follow(this.#machine(item.machine), item.due);
      for (const { machine, ask, command } of again) this.#perform(this.#machine(machine), command, ask);
    });
  }

  /** Cancels all that is in flight; nothing moves any more. */
  stop(): void {
    this.#isHalted = true;
    for (const machine of this.#machines.values()) cancelLive(machine);
  }

  #deliverTold(id: MachineId, from: string, event: Tell['event']): void {
    this.#journal({ entry: 'told', machine: id, from, event });
    this.#step(this.#machine(id), { type: 'told', event });
  }

  #step(machine: Machine, event: MachineEvent): void {
    if (this.#isHalted) return;
    const step = machine.stepper.step(machine.standing, event);
    machine.standing = step.standing;
    this.#carryOut(machine, step);
  }

  #carryOut(machine: Machine, { standing, entered, commands }: Step): void {
    if (entered) {
      cancelLive(machine);
      this.#enter(machine, standing.state);
    }
    for (const command of commands) this.#follow(machine, command);
  }

  #enter(machine: Machine, state: string): void {
    if (this.#isHalted) return;
    const isWritten = this.#journal({ entry: 'entered', machine: machine.id, state });
    if (isWritten) this.#parts.onEntered(machine.id, machine.standing);
  }

  #follow(machine: Machine, due: Due): void {
    if (this.#isHalted) return;
    if (due.kind === 'entered') {
      this.#enter(machine, due.state);
      return;
    }
    if (due.kind === 'ask') {
      this.#asks += 1;
      const { effect, input } = due;
      this.#journal({ entry: 'effect.asked', machine: machine.id, ask: this.#asks, effect, input });
      this.#perform(machine, due, this.#asks);
      return;
    }
    const tells = tellsOf(machine.id, due);
    if (tells === null) this.#journal({ entry: 'unexpected', machine: machine.id, event: due.action });
    for (const { to, from, event } of tells ?? []) {
      if (this.#machines.has(to)) this.#inbox.push(() => this.#deliverTold(to, from, event));
    }
  }

  #perform(machine: Machine, command: Command, ask: number): void {
    if (command.kind !== 'ask' || this.#isHalted) return;
    const { effect, input } = command;
    // An answer may come during the call, before there is a cancel: it waits in the inbox until this step is over.
    const live: LiveAsk = { ask, effect, cancel: nothing };
    machine.live = live;
    const answered = (answer: Answer): void => {
      this.#enqueue(() => this.#deliverAnswer(machine, live, answer));
    };
    const { perform, far } = this.#parts;
    live.cancel = far?.({ ask, effect, input }, answered) ?? perform(effect, input, answered);
  }

  #deliverAnswer(machine: Machine, { ask, effect }: LiveAsk, answer: Answer): void {
    // A cancelled effect's late answer is no event: nobody waits for it.
    if (machine.live?.ask !== ask) return;
    machine.live = null;
    if (answer.ok) {
      this.#journal({ entry: 'effect.done', machine: machine.id, ask, effect, output: answer.output });
      this.#step(machine, { type: 'effect.done', effect, output: answer.output });
    } else {
      const { fault, at } = answer.failure;
      this.#journal({ entry: 'effect.failed', machine: machine.id, ask, effect, at, fault });
      this.#step(machine, { type: 'effect.failed', effect, failure: answer.failure });
    }
  }

  #machine(id: MachineId): Machine {
    const machine = this.#machines.get(id);
    assert(machine !== undefined, `there is a machine ${id}`);
    return machine;
  }

  #journal(happening: Parameters<Append>[0]): boolean {
    const isWritten = this.#parts.append(happening, this.#parts.clock.now());
    if (!isWritten) this.stop();
    return isWritten;
  }

  #enqueue(act: () => void): void {
    this.#inbox.push(act);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        if (!this.#isHalted) next();
      }
    } finally {
      this.#isBusy = false;
    }
  }
}

function nothing(): void {}

function cancelLive(machine: Machine): void {
  const { live } = machine;
  machine.live = null;
  live?.cancel();
}
