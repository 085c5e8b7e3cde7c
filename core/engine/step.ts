import { initialTransition, transition, type AnyStateMachine, type StateValue } from 'xstate';
import type { EffectInput, EffectKind, Failure, Outcome } from '../effects/catalog.js';

/** What a step asks to be done, as data, in order. */
export type Command =
  | { readonly kind: 'ask'; readonly effect: EffectKind; readonly input: EffectInput }
  | { readonly kind: 'act'; readonly action: string; readonly params: unknown };

/** Where one machine stands. `state` is the leaf's path, joined by dots; `context` is the machine's own, plain data. */
export interface Standing {
  readonly state: string;
  readonly context: unknown;
}

/** Our names for what machines are told; each carries the time. */
export type MachineEvent =
  | { readonly type: 'effect.done'; readonly effect: EffectKind; readonly output: Outcome }
  | { readonly type: 'effect.failed'; readonly effect: EffectKind; readonly failure: Failure }
  | { readonly type: 'told'; readonly event: { readonly type: string; readonly at: number } };

export interface Step {
  readonly standing: Standing;
  /** Whether a state was entered, be it the same one again: what the state before had asked is then cancelled. */
  readonly entered: boolean;
  readonly commands: readonly Command[];
}

/** Pure stepping of one kind of machine. */
export interface Stepper {
  readonly kind: string;
  start(input: unknown): Step;
  step(standing: Standing, event: MachineEvent): Step;
}

/** xstate's own names for our events. The one place that knows them, with `readActions`. */
export function xstateEvent(event: MachineEvent): { readonly type: string; readonly [more: string]: unknown } {
  switch (event.type) {
    case 'effect.done':
      return { type: `xstate.done.actor.${event.effect}`, output: event.output };
    case 'effect.failed':
      return { type: `xstate.error.actor.${event.effect}`, error: event.failure };
    case 'told':
      return event.event;
  }
}

/**
 * The reference: xstate's public pure functions, as they are. They build a throw-away actor each call (17,000 to 45,000
 * steps a second), so runs use the table of `compile.ts`; a property holds the two equal.
 */
export function referenceStepper(kind: string, machine: AnyStateMachine): Stepper {
  return {
    kind,
    start(input) {
      const [snapshot, actions] = initialTransition(machine, input as never);
      return {
        standing: { state: pathOf(snapshot.value as StateValue), context: snapshot.context },
        entered: true,
        commands: readActions(actions),
      };
    },
    step(standing, event) {
      const before = machine.resolveState({ value: valueOf(standing.state, machine), context: standing.context });
      const [after, actions] = transition(machine, before, xstateEvent(event) as never);
      const commands = readActions(actions);
      const state = pathOf(after.value as StateValue);
      const entered = state !== standing.state || commands.some(({ kind: what }) => what === 'ask');
      return { standing: { state, context: after.context }, entered, commands };
    },
  };
}

/** `{pxe: 'dhcp'}` to `pxe.dhcp`; our machines have one leaf at a time. */
function pathOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  const [first] = Object.entries(value);
  return first === undefined ? '' : `${first[0]}.${pathOf(first[1] ?? '')}`;
}

/** A state's own name may hold a dot: `bootloader.mbr` stands beside `bootloader`, not in it. */
function valueOf(path: string, { states }: AnyStateMachine): StateValue {
  if (Object.hasOwn(states, path)) return path;
  return (
    path.split('.').reduceRight<StateValue | null>((value, key) => (value === null ? key : { [key]: value }), null) ??
    ''
  );
}

interface Action {
  readonly type: string;
  readonly params?: unknown;
}

/** A state holds one effect, so xstate's stopping of the one before needs no command of its own. */
function readActions(actions: readonly Action[]): readonly Command[] {
  return actions.filter(({ type }) => type !== 'xstate.stopChild').map(readAction);
}

function readAction({ type, params }: Action): Command {
  if (type !== 'xstate.spawnChild') return { kind: 'act', action: type, params };
  const { src, input } = params as { readonly src: EffectKind; readonly input: EffectInput };
  return { kind: 'ask', effect: src, input };
}
