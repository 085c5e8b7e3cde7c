import type { AnyStateMachine } from 'xstate';
import type { StateMeta } from '../machines/meta.js';
import { assert } from '../unreachable.js';

/** What xstate hands to guards, assigns and params. */
export interface Scope {
  readonly context: unknown;
  readonly event: unknown;
}
type FromScope = (scope: Scope) => unknown;
type WithParams = (scope: Scope, params: unknown) => unknown;

export interface ActionRow {
  readonly name: string;
  readonly params: FromScope;
  /** Null for an action that is not `assign`: it becomes a command. */
  readonly assign: WithParams | null;
}

export interface TransitionRow {
  readonly guard: { readonly test: WithParams; readonly params: FromScope } | null;
  /** Path of the leaf that is entered; null stays. */
  readonly target: string | null;
  readonly reenters: boolean;
  readonly actions: readonly ActionRow[];
}

export interface Leaf {
  readonly path: string;
  /** What the state says of itself; a standing law holds every leaf to all three. */
  readonly description: string;
  readonly meta: StateMeta;
  readonly tags: readonly string[];
  readonly entry: readonly ActionRow[];
  readonly invoke: { readonly effect: string; readonly input: FromScope } | null;
  /** Transitions by event name, the leaf's own first, then each parent's. */
  readonly levels: readonly ReadonlyMap<string, readonly TransitionRow[]>[];
}

export interface Table {
  readonly id: string;
  /** In the order of the file. */
  readonly leaves: readonly Leaf[];
  readonly initial: string;
  readonly context: (input: unknown) => unknown;
  readonly leaf: (path: string) => Leaf;
}

/** Any machine of ours, for those who only hand it on. */
export type AnyMachine = AnyStateMachine;

/** The shape of a configuration as our machines write it; this file is the parser that earned its casts. */
interface Node {
  readonly id?: string;
  readonly initial?: string;
  readonly context?: (scope: { readonly input: unknown }) => unknown;
  readonly states?: Readonly<Record<string, Node>>;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly entry?: unknown;
  readonly invoke?: Invoke;
  readonly description?: string;
  readonly meta?: StateMeta;
  readonly tags?: unknown;
}
interface Invoke {
  readonly id: string;
  readonly src: string;
  readonly input: FromScope;
  readonly onDone?: unknown;
  readonly onError?: unknown;
}
interface Written {
  readonly target?: string;
  readonly reenter?: boolean;
  readonly guard?: Named;
  readonly actions?: unknown;
}
type Named = string | { readonly type: string; readonly params?: unknown };
interface Implementations {
  readonly guards: Readonly<Record<string, WithParams>>;
  readonly actions: Readonly<Record<string, WithParams & { readonly assignment?: WithParams }>>;
}

const KNOWN = ['id', 'initial', 'context', 'states', 'on', 'entry', 'invoke', 'description', 'meta', 'tags', 'schemas'];

/** @throws a bug, when the machine uses a feature of xstate that the table does not cover */
export function readMachine(machine: AnyMachine): Table {
  const root = machine.config as unknown as Node;
  const implementations = machine.implementations as unknown as Implementations;
  const leaves = new Map<string, Leaf>();
  const paths = new Map<string, string>();
  collectPaths(root, [], paths);
  const reader = { implementations, paths, prefix: `#${root.id ?? ''}.`, leaves };
  collectLeaves(reader, root, { path: [], levels: [] });
  return {
    id: root.id ?? '',
    leaves: [...leaves.values()],
    initial: required(paths.get(''), 'an initial state'),
    context: (input) => required(root.context, 'a context function')({ input }),
    leaf: (path) => required(leaves.get(path), `the state ${path}`),
  };
}

interface Reader {
  readonly implementations: Implementations;
  /** From the path of a state to that of the leaf which entering it enters. */
  readonly paths: ReadonlyMap<string, string>;
  readonly prefix: string;
  /** What has been read so far, by path. */
  readonly leaves: Map<string, Leaf>;
}

interface Above {
  readonly path: readonly string[];
  readonly levels: Leaf['levels'];
}

function collectPaths(node: Node, path: readonly string[], paths: Map<string, string>): string {
  let leaf = path.join('.');
  for (const [name, child] of Object.entries(node.states ?? {})) {
    const below = collectPaths(child, [...path, name], paths);
    if (name === node.initial) leaf = below;
  }
  paths.set(path.join('.'), leaf);
  return leaf;
}

function collectLeaves(reader: Reader, node: Node, above: Above): void {
  const unknown = Object.keys(node).filter((key) => !KNOWN.includes(key));
  assert(unknown.length === 0, `${above.path.join('.')} uses ${unknown.join(', ')}, which the table does not cover`);
  const levels = [readLevel(reader, node), ...above.levels];
  const children = Object.entries(node.states ?? {});
  assert(children.length === 0 || node.entry === undefined, 'only leaves have entry actions');
  for (const [name, child] of children) {
    collectLeaves(reader, child, { path: [...above.path, name], levels });
  }
  if (children.length > 0) return;
  const path = above.path.join('.');
  const invoke = node.invoke === undefined ? null : { effect: node.invoke.src, input: node.invoke.input };
  const { description = '', meta = { tone: 'idle' as const } } = node;
  const tags = list(node.tags).map(String);
  reader.leaves.set(path, { path, description, meta, tags, levels, entry: readActions(reader, node.entry), invoke });
}

function readLevel(reader: Reader, node: Node): ReadonlyMap<string, readonly TransitionRow[]> {
  const level = new Map<string, readonly TransitionRow[]>();
  for (const [name, written] of Object.entries(node.on ?? {})) level.set(name, readRows(reader, written));
  const { invoke } = node;
  if (invoke !== undefined) {
    assert(invoke.id === invoke.src, `the effect ${invoke.src} is invoked under its own name`);
    level.set(`xstate.done.actor.${invoke.id}`, readRows(reader, invoke.onDone));
    level.set(`xstate.error.actor.${invoke.id}`, readRows(reader, invoke.onError));
  }
  return level;
}

function readRows(reader: Reader, written: unknown): readonly TransitionRow[] {
  return list(written).map((row) => {
    const { target, reenter, guard, actions } = (typeof row === 'string' ? { target: row } : row) as Written;
    return {
      guard: guard === undefined ? null : readGuard(reader, guard),
      target: target === undefined ? null : readTarget(reader, target),
      reenters: reenter === true,
      actions: readActions(reader, actions),
    };
  });
}

function readTarget({ paths, prefix }: Reader, target: string): string {
  assert(target.startsWith(prefix), `the target ${target} is written as ${prefix}path`);
  // A dot that is a part of a state's name is escaped in a target, and not in the path.
  return required(paths.get(target.slice(prefix.length).replaceAll('\\.', '.')), `the target ${target}`);
}

function readGuard({ implementations }: Reader, named: Named): TransitionRow['guard'] {
  const { type, params } = nameOf(named);
  return { test: required(implementations.guards[type], `the guard ${type}`), params };
}

function readActions({ implementations }: Reader, written: unknown): readonly ActionRow[] {
  return list(written).map((named) => {
    const { type, params } = nameOf(named as Named);
    return { name: type, params, assign: required(implementations.actions[type], type).assignment ?? null };
  });
}

function nameOf(named: Named): { readonly type: string; readonly params: FromScope } {
  const { type, params } = typeof named === 'string' ? { type: named, params: undefined } : named;
  return { type, params: typeof params === 'function' ? (params as FromScope) : () => params };
}

function list(written: unknown): readonly unknown[] {
  if (written === undefined) return [];
  return Array.isArray(written) ? written : [written];
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`bug: the machine lacks ${what}`);
  return value;
}
