import type { Command, MachineEvent, Standing, Step, Stepper } from '../engine/step.js';
import { tellsOf, type Tell } from '../engine/tell.js';
import type { MachineId } from '../ids.js';
import type { Entry } from './entry.js';

/** A machine as the journal leaves it. */
export interface FoldedMachine {
  readonly id: MachineId;
  readonly stepper: Stepper;
  standing: Standing;
  /** The effect asked last, as recorded, and not yet answered. */
  inFlight: { readonly ask: number; readonly command: Command } | null;
  /** What its last step must be followed by and has not been yet: a crash may leave some. */
  readonly due: Due[];
}

/** Something that follows from a step: a state entered, or a command. */
export type Due = { readonly kind: 'entered'; readonly state: string } | Command;

/** Where recorded and folded part. */
export interface Divergence {
  readonly entry: number;
  readonly expected: string;
  readonly recorded: string;
}

export interface Folded {
  readonly machines: ReadonlyMap<MachineId, FoldedMachine>;
  readonly divergences: readonly Divergence[];
  /** The highest number given to an effect. */
  readonly asks: number;
  readonly steps: number;
  /** What machines have told each other and a crash kept from being taken. */
  readonly undelivered: readonly Tell[];
}

/**
 * Folds a journal through the machines: what went in is stepped, and what came out is compared with what was recorded.
 * Needs no world. Stops comparing a machine's outcome at its first divergence, as all that follows would differ too.
 */
export class Fold {
  readonly #steppers: Readonly<Record<string, Stepper>>;
  readonly #machines = new Map<MachineId, FoldedMachine>();
  readonly #divergences: Divergence[] = [];
  readonly #undelivered: Tell[] = [];
  #asks = 0;
  #steps = 0;

  constructor(steppers: Readonly<Record<string, Stepper>>) {
    this.#steppers = steppers;
  }

  take(entry: Entry): void {
    switch (entry.entry) {
      case 'started':
        return this.#start(entry.machine, entry.kind, entry);
      case 'told':
        this.#deliver(entry);
        return this.#step(entry.machine, { type: 'told', event: entry.event }, entry);
      case 'effect.done':
        return this.#step(entry.machine, { type: 'effect.done', effect: entry.effect, output: entry.output }, entry);
      case 'effect.failed': {
        const failure = { fault: entry.fault, at: entry.at };
        return this.#step(entry.machine, { type: 'effect.failed', effect: entry.effect, failure }, entry);
      }
      case 'entered':
        return this.#compare(entry.machine, `entered ${entry.state}`, entry);
      case 'effect.asked':
        this.#asks = Math.max(this.#asks, entry.ask);
        this.#asked(entry.machine, entry.ask, entry);
        return this.#compare(entry.machine, asking(entry.effect, entry.input), entry);
      case 'unexpected':
        return this.#compare(entry.machine, entry.event, entry);
      case 'opened':
      case 'mishap':
      case 'fault':
      case 'requested':
      case 'resumed':
      case 'taken.over':
      case 'closed':
        return;
    }
  }

  result(): Folded {
    return {
      machines: this.#machines,
      divergences: this.#divergences,
      asks: this.#asks,
      steps: this.#steps,
      undelivered: this.#undelivered,
    };
  }

  #start(id: MachineId, kind: string, entry: Entry & { readonly entry: 'started' }): void {
    const stepper = this.#steppers[kind];
    if (stepper === undefined) {
      this.#diverge(entry.seq, `a machine of kind ${Object.keys(this.#steppers).join(' or ')}`, kind);
      return;
    }
    const step = stepper.start(entry.input);
    const machine: FoldedMachine = { id, stepper, standing: step.standing, inFlight: null, due: [] };
    this.#machines.set(id, machine);
    this.#expect(machine, step);
  }

  #step(id: MachineId, event: MachineEvent, entry: Entry): void {
    const machine = this.#machines.get(id);
    if (machine === undefined) {
      this.#diverge(entry.seq, `a started ${id}`, entry.entry);
      return;
    }
    const [missed] = machine.due;
    if (missed !== undefined) this.#diverge(entry.seq, textOf(missed), entry.entry);
    if (event.type !== 'told') machine.inFlight = null;
    const step = machine.stepper.step(machine.standing, event);
    machine.standing = step.standing;
    this.#steps += 1;
    this.#expect(machine, step);
  }

  #expect(machine: FoldedMachine, { standing, entered, commands }: Step): void {
    const { due } = machine;
    due.length = 0;
    if (entered) {
      machine.inFlight = null;
      due.push({ kind: 'entered', state: standing.state });
    }
    for (const command of commands) {
      const tells = tellsOf(machine.id, command);
      if (tells === null) due.push(command);
      for (const tell of tells ?? []) if (this.#machines.has(tell.to)) this.#undelivered.push(tell);
    }
  }

  /** The first of those that are alike: they are taken in the order in which they were said. */
  #deliver({ from, machine, event }: Entry & { readonly entry: 'told' }): void {
    const place = this.#undelivered.findIndex(
      (tell) => tell.from === from && tell.to === machine && tell.event.type === event.type,
    );
    if (place !== -1) this.#undelivered.splice(place, 1);
  }

  #asked(id: MachineId, ask: number, { effect, input }: Entry & { readonly entry: 'effect.asked' }): void {
    const machine = this.#machines.get(id);
    if (machine !== undefined) machine.inFlight = { ask, command: { kind: 'ask', effect, input } };
  }

  #compare(id: MachineId, recorded: string, entry: Entry): void {
    const expected = this.#machines.get(id)?.due.shift();
    const text = expected === undefined ? 'nothing' : textOf(expected);
    if (text !== recorded) this.#diverge(entry.seq, text, recorded);
  }

  #diverge(entry: number, expected: string, recorded: string): void {
    if (this.#divergences.length < MOST_DIVERGENCES) this.#divergences.push({ entry, expected, recorded });
  }
}

function textOf(due: Due): string {
  if (due.kind === 'entered') return `entered ${due.state}`;
  return due.kind === 'ask' ? asking(due.effect, due.input) : due.action;
}

function asking(effect: string, input: unknown): string {
  return `${effect} ${JSON.stringify(input)}`;
}

/** One break makes all that follows differ; a person reads the first few. */
const MOST_DIVERGENCES = 20;

export function fold(entries: Iterable<Entry>, steppers: Readonly<Record<string, Stepper>>): Folded {
  const folding = new Fold(steppers);
  for (const entry of entries) folding.take(entry);
  return folding.result();
}
