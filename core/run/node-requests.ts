import type { Said } from '../bus/topics.js';
import type { Clock } from '../clock.js';
import type { Engine } from '../engine/engine.js';
import type { Standing } from '../engine/step.js';
import type { Fault } from '../faults/fault.js';
import { machineId, nodeId, type MachineId, type NodeId } from '../ids.js';
import type { Entry } from '../journal/entry.js';
import type { NodeEvent } from '../machines/node-context.js';
import type { BootOrder } from '../ports/boot-device.js';
import { unreachable } from '../unreachable.js';
import { restingStates } from './rest.js';

/** What is asked of one node of a rack that is up. */
export type NodeSaid = Extract<Said, { readonly topic: `node.${string}` }>;

export function isNodeSaid(said: Said): said is NodeSaid {
  return said.topic.startsWith('node.');
}

type Word =
  | { readonly type: Exclude<NodeEvent['type'], 'maintenance.requested' | 'deploy.requested' | `boot.${string}`> }
  | { readonly type: 'maintenance.requested'; readonly reason: string }
  | { readonly type: 'deploy.requested'; readonly order?: BootOrder };

/** What its machine is told, at once or as soon as it comes to a state. */
interface Telling {
  readonly word: Word;
  /** Null: at once. */
  readonly in: string | null;
}

export interface NodeRequestParts {
  /** For the fault that a refused request is answered with. */
  readonly rack: string;
  readonly nodes: Iterable<NodeId>;
  readonly clock: Clock;
  readonly engine: () => Pick<Engine, 'standing' | 'tell'>;
}

const RESTING = restingStates('node');

/**
 * Requests for nodes, in any world: each a level that the node's machine is brought to, by one word or by two, the
 * second once the first is done.
 */
export class NodeRequests {
  readonly #parts: NodeRequestParts;
  readonly #nodes: ReadonlySet<string>;
  /** The second word, by node; another request takes its place. */
  readonly #later = new Map<MachineId, Telling>();

  constructor(parts: NodeRequestParts) {
    this.#parts = parts;
    this.#nodes = new Set(parts.nodes);
  }

  /** RCK-005 for a node that there is not. */
  unknown(node: string): Fault | null {
    return this.#nodes.has(node) ? null : { code: 'RCK-005', kind: 'rack.noSuchNode', rack: this.#parts.rack, node };
  }

  /** @returns why the node can't take this, else null */
  judge(said: NodeSaid): Fault | null {
    const { node } = said.payload;
    const unknown = this.unknown(node);
    if (unknown !== null) return unknown;
    const state = this.#state(machineId('node', nodeId(node)));
    if (tellingsFor(said, state) !== null) return null;
    return { code: 'RCK-006', kind: 'node.cannot', node, asked: said.topic, state };
  }

  act(said: NodeSaid): void {
    const machine = machineId('node', nodeId(said.payload.node));
    this.#later.delete(machine);
    for (const telling of tellingsFor(said, this.#state(machine)) ?? []) {
      if (telling.in === null) this.#tell(machine, telling.word);
      else this.#later.set(machine, telling);
    }
  }

  /** For the engine's `onEntered`. */
  readonly entered = (machine: MachineId, { state }: Standing): void => {
    const later = this.#later.get(machine);
    if (later === undefined) return;
    // Where it has come to rest elsewhere, the first word was in vain, and the node says why.
    if (state !== later.in && RESTING.has(state)) this.#later.delete(machine);
    // Nothing is told from inside of a step of the engine.
    if (state === later.in) this.#parts.clock.setTimer(0, () => this.#tellLater(machine, later));
  };

  /** Goes on where a journal ends, over machines that stand as it leaves them. */
  resume(earlier: readonly Entry[]): void {
    for (const [machine, later] of stillToTell(earlier)) {
      this.#later.set(machine, later);
      const standing = this.#parts.engine().standing(machine);
      if (standing !== undefined) this.entered(machine, standing);
    }
  }

  #tellLater(machine: MachineId, later: Telling): void {
    if (this.#later.get(machine) !== later || this.#state(machine) !== later.in) return;
    this.#later.delete(machine);
    this.#tell(machine, later.word);
  }

  #tell(machine: MachineId, word: Word): void {
    this.#parts.engine().tell(machine, 'bus', { ...word, at: this.#parts.clock.now() });
  }

  #state(machine: MachineId): string {
    const stateOf = (id: MachineId): string => this.#parts.engine().standing(id)?.state ?? '';
    return standOf(stateOf(machine), stateOf(bootOf(machine)));
  }
}

/** Free for anybody, and somebody else has switched it on. */
const ASTRAY = 'booted unasked';
/** Up, and then its power went. */
const DARK = 'active without power';

/** What a node is in, by its machine's state and that of its boot: others may have a hand in its power. */
function standOf(state: string, boot: string): string {
  if (state === 'available' && boot !== 'off' && boot !== 'failed') return ASTRAY;
  return state === 'active' && boot === 'off' ? DARK : state;
}

function bootOf(node: MachineId): MachineId {
  return machineId('boot', node.slice('node:'.length));
}

/** What nodes were still to be told when their rack's process was killed. */
function stillToTell(entries: readonly Entry[]): ReadonlyMap<MachineId, Telling> {
  const states = new Map<MachineId, string>();
  const later = new Map<MachineId, Telling>();
  for (const entry of entries) {
    if (entry.entry === 'entered') {
      states.set(entry.machine, entry.state);
      const telling = later.get(entry.machine);
      if (telling !== undefined && entry.state !== telling.in && RESTING.has(entry.state)) later.delete(entry.machine);
    } else if (entry.entry === 'told' && entry.from === 'bus') {
      if (later.get(entry.machine)?.word.type === entry.event.type) later.delete(entry.machine);
    } else if (entry.entry === 'requested' && entry.fault === null && entry.said !== null) {
      // It was parsed before it was written down.
      const said = entry.said as Said;
      if (!isNodeSaid(said)) continue;
      const machine = machineId('node', nodeId(said.payload.node));
      const stand = standOf(states.get(machine) ?? '', states.get(bootOf(machine)) ?? '');
      const telling = tellingsFor(said, stand)?.find((one) => one.in !== null);
      if (telling === undefined) later.delete(machine);
      else later.set(machine, telling);
    }
  }
  return later;
}

/** On its way up. */
const RISING: readonly string[] = ['settingBootDevice', 'poweringOn', 'booting', 'restarting'];
const now = (word: Word): Telling => ({ word, in: null });
const RELEASE = now({ type: 'release.requested' });
const MANAGE = now({ type: 'manage.requested' });
const PROVIDE = { type: 'provide.requested' } as const;
const BACK: Telling = { word: PROVIDE, in: 'manageable' };

/** @returns nothing where it is so already; null where a node in that state can't take it */
function tellingsFor(said: NodeSaid, state: string): readonly Telling[] | null {
  switch (said.topic) {
    case 'node.power':
      return said.payload.want === 'on' ? poweredOn(state) : poweredOff(state);
    case 'node.cycle':
      if (state === 'restarting') return [];
      return ['active', DARK, 'deployFailed'].includes(state)
        ? [now({ type: 'cycle.requested' })]
        : fromOff({ type: 'cycle.requested' }, state);
    case 'node.boot': {
      const { device, lasts } = said.payload;
      return fromOff({ type: 'deploy.requested', order: { device, lasts } }, state);
    }
    case 'node.verify':
      return verified(state);
    case 'node.maintain':
      return ['enrolled', 'verifying', 'manageable', 'available', 'maintenance', 'deployFailed'].includes(state)
        ? [now({ type: 'maintenance.requested', reason: said.payload.reason })]
        : null;
    case 'node.return':
      return returned(state);
    default:
      return unreachable(said);
  }
}

function poweredOn(state: string): readonly Telling[] | null {
  if (state === 'active' || state === ASTRAY || RISING.includes(state)) return [];
  const deploy = { type: 'deploy.requested' } as const;
  return state === 'deployFailed' || state === DARK ? [now(deploy)] : fromOff(deploy, state);
}

function poweredOff(state: string): readonly Telling[] | null {
  if (state === 'available' || state === 'poweringOff') return [];
  return isOn(state) ? [RELEASE] : null;
}

/** Said to a node that is off: one that is on would not notice what it is to boot from. */
function fromOff(word: Word, state: string): readonly Telling[] | null {
  const later: Telling = { word, in: 'available' };
  if (state === 'available') return [now(word)];
  if (state === 'poweringOff') return [later];
  return isOn(state) ? [RELEASE, later] : null;
}

/** Or may be, or is held for one that is. */
function isOn(state: string): boolean {
  return ['active', 'deployFailed', ASTRAY, DARK].includes(state) || RISING.includes(state);
}

/** A node that was free for anybody is so again afterwards. */
function verified(state: string): readonly Telling[] | null {
  if (state === 'verifying') return [];
  if (state === 'available') return [MANAGE, BACK];
  return ['enrolled', 'manageable', 'maintenance', 'deployFailed'].includes(state) ? [MANAGE] : null;
}

/** One that serves already is left alone. */
function returned(state: string): readonly Telling[] {
  if (state === 'manageable') return [now(PROVIDE)];
  if (state === 'verifying') return [BACK];
  return state === 'maintenance' || state === 'enrolled' ? [MANAGE, BACK] : [];
}
