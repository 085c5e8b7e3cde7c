import type { Said } from '../../core/bus/topics.js';
import type { Standing } from '../../core/engine/step.js';
import type { Fault } from '../../core/faults/fault.js';
import { machineId, type MachineId, type NodeId } from '../../core/ids.js';
import type { Append, Entry } from '../../core/journal/entry.js';
import { powerWord, type PowerWord } from '../../core/run/power-word.js';
import type { MishapKind } from '../../core/scenario/scenario.js';
import type { SiteNode } from '../../core/site/site.js';

/** How a rack breaks things on purpose; beginning or healing twice does nothing more. */
export interface RackMishaps {
  /** Why the node can't have it, else null. */
  unfit(node: SiteNode, mishap: MishapKind): Fault | null;
  begin(node: NodeId, mishap: MishapKind): void;
  heal(node: NodeId, mishap: MishapKind): void;
}

export interface RackDeskParts {
  /** What it is called in messages. */
  readonly rack: string;
  readonly nodes: readonly SiteNode[];
  readonly now: () => number;
  readonly append: Append;
  readonly mishaps: RackMishaps;
  readonly engine: {
    tell(machine: MachineId, from: string, event: { readonly type: PowerWord; readonly at: number }): void;
    standing(machine: MachineId): Standing | undefined;
  };
  /** Null where its time goes by as the wall's does. */
  readonly onPace: ((pace: number) => void) | null;
  /** Somebody asked for its end. */
  readonly onDown: () => void;
}

/** Takes what is asked of a rack that is kept up, in whichever world it is. */
export class RackDesk {
  readonly #parts: RackDeskParts;
  readonly #nodes: ReadonlyMap<string, SiteNode>;
  /** Nodes that are to be on once they are off. */
  readonly #later = new Set<NodeId>();

  constructor(parts: RackDeskParts) {
    this.#parts = parts;
    this.#nodes = new Map(parts.nodes.map((node) => [node.id, node]));
  }

  /** Why this can't be done, else null. */
  judge(said: Said): Fault | null {
    const { rack, mishaps, onPace } = this.#parts;
    switch (said.topic) {
      case 'node.power':
      case 'mishap.begin':
      case 'mishap.heal': {
        const { payload } = said;
        const node = this.#nodes.get(payload.node);
        if (node === undefined) return { code: 'RCK-005', kind: 'rack.noSuchNode', rack, node: payload.node };
        return 'mishap' in payload ? mishaps.unfit(node, payload.mishap) : null;
      }
      case 'clock.pace':
        return onPace === null ? { code: 'RCK-006', kind: 'rack.wallTime', rack } : null;
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
    switch (said.topic) {
      case 'node.power':
        return this.#power(said.payload.node as NodeId, said.payload.want);
      case 'mishap.begin':
      case 'mishap.heal':
        return this.#mishap(said.payload.node as NodeId, said.payload.mishap, said.topic === 'mishap.begin');
      case 'clock.pace':
        return this.#parts.onPace?.(said.payload.pace);
      case 'rack.down':
        return this.#parts.onDown();
      case 'effect.perform':
      case 'effect.cancel':
      case 'effect.done':
      case 'effect.failed':
        throw new Error(`bug: ${said.topic} was judged to be done`);
    }
  }

  /** For the engine's `onEntered`. */
  entered(machine: MachineId, { state }: Pick<Standing, 'state'>): void {
    if (state !== 'available' || !machine.startsWith('node:')) return;
    const node = machine.slice('node:'.length) as NodeId;
    if (this.#later.delete(node)) this.#tell(node, 'deploy.requested');
  }

  /** Goes on where a journal ends: what nodes were to be told once they are off is told them then, or now. */
  resume(earlier: readonly Entry[]): void {
    for (const node of onceOff(earlier)) {
      this.#later.add(node);
      const standing = this.#parts.engine.standing(machineId('node', node));
      if (standing !== undefined) this.entered(machineId('node', node), standing);
    }
  }

  #power(node: NodeId, want: 'on' | 'off'): void {
    const { engine } = this.#parts;
    const stateOf = (kind: 'node' | 'boot'): string => engine.standing(machineId(kind, node))?.state ?? '';
    const word = powerWord(want, { node: stateOf('node'), boot: stateOf('boot') });
    if (word === 'later') this.#later.add(node);
    else this.#later.delete(node);
    if (word !== null && word !== 'later') this.#tell(node, word);
  }

  #mishap(node: NodeId, mishap: MishapKind, isBegun: boolean): void {
    const { append, now, mishaps } = this.#parts;
    append({ entry: 'mishap', mishap, node, change: isBegun ? 'begins' : 'heals' }, now());
    if (isBegun) mishaps.begin(node, mishap);
    else mishaps.heal(node, mishap);
  }

  #tell(node: NodeId, type: PowerWord): void {
    this.#parts.engine.tell(machineId('node', node), 'bus', { type, at: this.#parts.now() });
  }
}

/** Nodes that were asked to be on while they were being switched off, and have not been told yet. */
function onceOff(entries: readonly Entry[]): readonly NodeId[] {
  const states = new Map<string, string>();
  const later = new Set<NodeId>();
  for (const entry of entries) {
    if (entry.entry === 'entered') states.set(entry.machine, entry.state);
    if (entry.entry === 'told' && entry.from === 'bus') later.delete(entry.machine.slice('node:'.length) as NodeId);
    if (entry.entry !== 'requested' || entry.fault !== null || entry.said?.topic !== 'node.power') continue;
    // It was parsed before it was written down.
    const { node, want } = (entry.said as Said & { readonly topic: 'node.power' }).payload;
    if (want === 'on' && states.get(`node:${node}`) === 'poweringOff') later.add(node as NodeId);
    else later.delete(node as NodeId);
  }
  return [...later];
}
