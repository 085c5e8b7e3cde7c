import type { Said } from '../../core/bus/topics.js';
import type { Clock } from '../../core/clock.js';
import type { Engine } from '../../core/engine/engine.js';
import type { Fault } from '../../core/faults/fault.js';
import type { Append, Entry } from '../../core/journal/entry.js';
import type { MishapPort } from '../../core/ports/mishaps.js';
import { MishapRequests } from '../../core/run/mishap-requests.js';
import { isNodeSaid, NodeRequests } from '../../core/run/node-requests.js';
import type { SiteNode } from '../../core/site/site.js';

export interface RackDeskParts {
  /** What it is called in messages. */
  readonly rack: string;
  readonly nodes: readonly SiteNode[];
  /** The rack's own. */
  readonly clock: Clock;
  readonly append: Append;
  readonly mishaps: Pick<MishapPort, 'begin' | 'heal'>;
  readonly engine: () => Pick<Engine, 'standing' | 'tell'>;
  /** Null where its time goes by as the wall's does. */
  readonly onPace: ((pace: number) => void) | null;
  /** Somebody asked for its end. */
  readonly onDown: () => void;
}

/** Takes what is asked of a rack that is kept up, in whichever world it is. */
export class RackDesk {
  readonly #parts: RackDeskParts;
  readonly #nodes: NodeRequests;
  readonly #mishaps: MishapRequests;
  /** For the engine's `onEntered`. */
  readonly entered: NodeRequests['entered'];

  constructor(parts: RackDeskParts) {
    this.#parts = parts;
    this.#nodes = new NodeRequests({ ...parts, nodes: parts.nodes.map(({ id }) => id) });
    this.#mishaps = new MishapRequests(parts);
    this.entered = this.#nodes.entered;
  }

  /** Why this can't be done, else null. */
  judge(said: Said): Fault | null {
    if (isNodeSaid(said)) return this.#nodes.judge(said);
    const { rack, onPace } = this.#parts;
    switch (said.topic) {
      case 'mishap.begin':
        return this.#nodes.unknown(said.payload.node) ?? this.#mishaps.judge('begin', said.payload);
      case 'mishap.heal':
        return this.#nodes.unknown(said.payload.node) ?? this.#mishaps.judge('heal', said.payload);
      case 'clock.pace':
        return onPace === null ? { code: 'RCK-008', kind: 'rack.wallTime', rack } : null;
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

  /** What is broken at the end of a journal is broken in the world, before its nodes are on again. */
  breakAgain(earlier: readonly Entry[]): void {
    this.#mishaps.resume(earlier);
  }

  /** What nodes were still to be told is told them, once their machines stand where the journal ends. */
  resume(earlier: readonly Entry[]): void {
    this.#nodes.resume(earlier);
  }

  /** Nothing happens by itself any more. */
  stop(): void {
    this.#mishaps.stop();
  }
}
