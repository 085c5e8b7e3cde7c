import type { Clock, Timer } from '../core/clock.js';
import { STAGES, type Observation, type Observe } from '../core/evidence.js';
import type { NodeId } from '../core/ids.js';
import type { PowerState } from '../core/ports/power.js';
import { seededRandom, type Random } from '../core/random.js';
import type { MishapKind } from '../core/scenario/scenario.js';
import { OBSTACLES, type Episode } from './mishaps/obstacles.js';
import { Slots } from './slots.js';
import { SIGHTS } from './stages/sights.js';
import type { StageTimes, TimedStage } from './stages/times.js';

/** What of a node its simulation needs. */
export interface SimNodeFacts {
  readonly id: NodeId;
  readonly bootFile: string;
  readonly target: string;
  readonly image: string;
}

interface SimNode extends SimNodeFacts {
  readonly index: number;
  readonly random: Random;
  readonly mishaps: Set<MishapKind>;
  power: PowerState;
  /** Place in STAGES. */
  stage: number;
  timer: Timer | null;
  /** What holds the boot up at this stage, while it does. */
  obstacle: MishapKind | null;
  /** Whether the node holds a TFTP slot, or waits for one. */
  tftp: 'none' | 'waits' | 'holds';
}

export interface WorldParts {
  readonly clock: Clock;
  readonly nodes: readonly SimNodeFacts[];
  readonly seed: number;
  readonly times: StageTimes;
  readonly observe: Observe;
  /** How many nodes the TFTP server serves at once; the rest wait their turn. */
  readonly tftpSlots: number;
}

/** Gaps between the seeds of the nodes, so that a node's chances do not depend on how many others there are. */
const SEED_STRIDE = 0x9e3779b1;

/** A rack in memory: nodes that, once powered, pass their boot's stages in virtual time, and observers that see it. */
export class World {
  readonly #parts: WorldParts;
  readonly #nodes = new Map<NodeId, SimNode>();
  readonly #tftp: Slots;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#tftp = new Slots(parts.tftpSlots);
    parts.nodes.forEach((facts, index) => {
      const random = seededRandom(parts.seed + Math.imul(index, SEED_STRIDE));
      const start = { power: 'off', stage: 0, timer: null, obstacle: null, tftp: 'none' } as const;
      this.#nodes.set(facts.id, { ...facts, index, random, mishaps: new Set(), ...start });
    });
  }

  power(id: NodeId): PowerState {
    return this.#node(id).power;
  }

  setPower(id: NodeId, want: PowerState): void {
    const node = this.#node(id);
    if (node.power === want) return;
    node.power = want;
    if (want === 'on') this.#enter(node, 1);
    else this.#darken(node);
  }

  begin(id: NodeId, mishap: MishapKind): void {
    if (mishap === 'power.cut') this.setPower(id, 'off');
    else this.#node(id).mishaps.add(mishap);
  }

  heal(id: NodeId, mishap: MishapKind): void {
    const node = this.#node(id);
    node.mishaps.delete(mishap);
    if (node.obstacle === mishap) this.#pass(node);
  }

  #enter(node: SimNode, stage: number): void {
    node.stage = stage;
    const name = STAGES[stage] ?? 'off';
    this.#see(node, { kind: 'reached', stage: name, what: SIGHTS[name](node) });
    if (node.power === 'off' || name === 'up' || name === 'off') return;
    const obstacle = [...node.mishaps].find((mishap) => OBSTACLES[mishap]?.at.includes(name));
    if (obstacle !== undefined) this.#hinder(node, obstacle, OBSTACLES[obstacle]?.episodes ?? [], 0);
    else if (name === 'pxe.tftp') this.#queueForTftp(node);
    else this.#pass(node);
  }

  #queueForTftp(node: SimNode): void {
    node.tftp = 'waits';
    this.#tftp.take(() => {
      // A node whose power went meanwhile hands its turn on.
      if (node.tftp !== 'waits') return this.#tftp.give();
      node.tftp = 'holds';
      this.#pass(node);
    });
  }

  /** Through the stage at hand in its time, and on to the next. */
  #pass(node: SimNode): void {
    node.obstacle = null;
    node.timer?.cancel();
    const { times, clock } = this.#parts;
    const stage = (STAGES[node.stage] ?? 'off') as TimedStage;
    node.timer = clock.setTimer(times(node.index, stage, node.random), () => {
      this.#leaveTftp(node);
      this.#enter(node, node.stage + 1);
    });
  }

  /** Plays what a mishap does to a stage, one episode after the other; then nothing more happens. */
  #hinder(node: SimNode, obstacle: MishapKind, episodes: readonly Episode[], number: number): void {
    node.obstacle = obstacle;
    const episode = episodes[number];
    if (episode === undefined) return;
    node.timer = this.#parts.clock.setTimer(episode.after_ms, () => {
      this.#see(node, episode.sight(node));
      if (node.power === 'on') this.#hinder(node, obstacle, episodes, number + 1);
    });
  }

  #darken(node: SimNode): void {
    node.timer?.cancel();
    node.obstacle = null;
    node.stage = 0;
    this.#leaveTftp(node);
    this.#see(node, { kind: 'reached', stage: 'off', what: SIGHTS.off(node) });
  }

  #leaveTftp(node: SimNode): void {
    if (node.tftp === 'holds') this.#tftp.give();
    node.tftp = 'none';
  }

  #see(node: SimNode, sight: Sight): void {
    this.#parts.observe({ ...sight, node: node.id, source: 'sim' });
  }

  #node(id: NodeId): SimNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`bug: no node ${id} in this world`);
    return node;
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An observation before it is said of which node. */
export type Sight = Without<Observation, 'node' | 'source'>;
