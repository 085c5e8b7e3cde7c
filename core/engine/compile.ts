import type { AnyStateMachine } from 'xstate';
import type { EffectInput, EffectKind } from '../effects/catalog.js';
import { readMachine, type ActionRow, type Leaf, type Scope, type TransitionRow } from './table.js';
import { xstateEvent, type Command, type Step, type Stepper } from './step.js';

/**
 * Steps a machine by a table made from its own xstate configuration, once: the same answers as `referenceStepper` (a
 * property says so for every sequence of events), an order of magnitude faster. Covers what our machines use: nested
 * states with one leaf at a time, guards, named actions, entry, one invoke a state; anything else is refused here.
 */
export function compiledStepper(kind: string, machine: AnyStateMachine): Stepper {
  const table = readMachine(machine);
  return {
    kind,
    start(input) {
      const moment = new Moment(table.context(input), null);
      return moment.enter(table.leaf(table.initial));
    },
    step(standing, event) {
      const told = xstateEvent(event);
      const leaf = table.leaf(standing.state);
      const moment = new Moment(standing.context, told);
      const row = select(leaf, told.type, moment);
      if (row === null) return { standing, entered: false, commands: [] };
      moment.act(row.actions);
      const { target, reenters } = row;
      if (target === null || (target === standing.state && !reenters)) return moment.stay(standing.state);
      return moment.enter(table.leaf(target));
    },
  };
}

/** The first row whose guard holds, from the leaf outwards; within a state an exact name shuts the wildcard out. */
function select(leaf: Leaf, type: string, moment: Moment): TransitionRow | null {
  for (const level of leaf.levels) {
    const rows = level.get(type) ?? level.get('*');
    if (rows === undefined) continue;
    for (const row of rows) {
      if (row.guard === null || row.guard.test(moment, row.guard.params(moment))) return row;
    }
  }
  return null;
}

/** One step under way. It is itself the scope that guards, params and assigns are handed: one object a step. */
class Moment implements Scope {
  context: unknown;
  readonly event: unknown;
  readonly #commands: Command[] = [];

  constructor(context: unknown, event: unknown) {
    this.context = context;
    this.event = event;
  }

  act(actions: readonly ActionRow[]): void {
    for (const { name, params, assign } of actions) {
      const given = params(this);
      if (assign === null) this.#commands.push({ kind: 'act', action: name, params: given });
      else this.context = merged(this.context, assign(this, given));
    }
  }

  stay(state: string): Step {
    return { standing: { state, context: this.context }, entered: false, commands: this.#commands };
  }

  enter(leaf: Leaf): Step {
    this.act(leaf.entry);
    if (leaf.invoke !== null) {
      const { effect, input } = leaf.invoke;
      this.#commands.push({ kind: 'ask', effect: effect as EffectKind, input: input(this) as EffectInput });
    }
    return { standing: { state: leaf.path, context: this.context }, entered: true, commands: this.#commands };
  }
}

/** Contexts are plain objects. Spreading keeps their shape, where `Object.assign` to `{}` grows a new one each time. */
function merged(context: unknown, update: unknown): unknown {
  return { ...(context as object), ...(update as object) };
}
