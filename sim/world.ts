import type { Clock } from '../core/clock.js';
import {
  CHAINS,
  type ChainName,
  type Observation,
  type Observe,
  type RestStage,
  type Stage,
} from '../core/evidence.js';
import type { NodeId } from '../core/ids.js';
import type { BootDevice, BootOrder } from '../core/ports/boot-device.js';
import type { PowerState } from '../core/ports/power.js';
import { seededRandom } from '../core/random.js';
import type { MishapKind } from '../core/scenario/scenario.js';
import type { Load } from './fleet/load.js';
import { OBSTACLES, noBootableDevice, obstacleAt } from './mishaps/obstacles.js';
import { SimNode, type DesiredBoot, type SimNodeFacts } from './node.js';
import { Slots } from './slots.js';
import { SIGHTS } from './stages/sights.js';
import type { Leg, StageTimes, TimedStage } from './stages/times.js';

const CHAIN_TO: Readonly<Record<DesiredBoot, ChainName>> = { deploy: 'ramdisk', local: 'disk' };

export interface WorldParts {
  readonly clock: Clock;
  readonly nodes: readonly SimNodeFacts[];
  readonly seed: number;
  readonly times: StageTimes;
  readonly observe: Observe;
  /** How many nodes the TFTP server serves at once; the rest wait their turn. */
  readonly tftpSlots: number;
  /** What a node that is powered on boots; absent where that never changes. */
  readonly load?: (node: NodeId) => Load;
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
      this.#nodes.set(facts.id, new SimNode(facts, index, random));
    });
  }

  power(id: NodeId): PowerState {
    return this.#node(id).power;
  }

  setPower(id: NodeId, want: PowerState): void {
    const node = this.#node(id);
    if (node.power === want) return;
    node.power = want;
    if (want === 'off') return this.#darken(node);
    node.triedFirst = node.bootOnce ?? node.bootDevice;
    node.bootOnce = null;
    this.#load(node);
    this.#enter(node, 1);
  }

  setBootDevice(id: NodeId, { device, lasts }: BootOrder): void {
    const node = this.#node(id);
    node.bootOnce = lasts === 'once' ? device : null;
    if (lasts === 'always') node.bootDevice = device;
  }

  /** What the node's script says from the next time on that it is loaded. It stays so: a level, and no button. */
  setDesiredBoot(id: NodeId, boot: DesiredBoot): void {
    this.#node(id).desiredBoot = boot;
  }

  isInRamdisk(id: NodeId): boolean {
    return this.#node(id).stageName === 'ramdisk';
  }

  /** The image that the node is up in; null where it is not up. */
  runs(id: NodeId): string | null {
    const { stageName, facts } = this.#node(id);
    return stageName === 'up' ? facts.image : null;
  }

  /** Calls `tell` each time the node's power goes. @returns ends that */
  onDark(id: NodeId, tell: () => void): () => void {
    const { onDark } = this.#node(id);
    onDark.add(tell);
    return () => onDark.delete(tell);
  }

  desiredBoot(id: NodeId): DesiredBoot {
    return this.#node(id).desiredBoot;
  }

  /** What the firmware tried first when the node was last powered on; null where it never was. */
  triedFirst(id: NodeId): BootDevice | null {
    return this.#node(id).triedFirst;
  }

  begin(id: NodeId, mishap: MishapKind): void {
    if (mishap === 'power.cut') return this.setPower(id, 'off');
    const node = this.#node(id);
    node.mishaps.add(mishap);
    // Pulled in the middle of a stage, a cable stops it there; what else goes wrong meets the boot where it begins.
    if (mishap === 'wire.cut' && node.timer !== null && obstacleAt(node, node.stageName) !== undefined) {
      node.timer.cancel();
      this.#leaveTftp(node);
      this.#hinder(node, mishap, 0);
    }
  }

  heal(id: NodeId, mishap: MishapKind): void {
    const node = this.#node(id);
    node.mishaps.delete(mishap);
    if (node.obstacle === mishap) this.#proceed(node, node.stageName);
  }

  #load(node: SimNode): void {
    const load = this.#parts.load?.(node.facts.id);
    if (load === undefined) return;
    const { image, slot, flaw } = load;
    node.facts = { ...node.facts, image, slot };
    node.flaw = flaw;
  }

  #enter(node: SimNode, stage: number): void {
    node.stage = stage;
    const name = node.stageName;
    if (name === 'ipxe.script') node.chain = CHAIN_TO[node.desiredBoot];
    this.#reach(node, name);
    if (node.power === 'off' || isRest(name)) return;
    const isClear = node.mishaps.size === 0 && node.flaw === null;
    const obstacle = isClear ? undefined : obstacleAt(node, name);
    if (obstacle !== undefined) this.#hinder(node, obstacle, 0);
    else this.#proceed(node, name);
  }

  #proceed(node: SimNode, stage: Stage): void {
    node.obstacle = null;
    node.timer?.cancel();
    if (stage === 'pxe.tftp') this.#queueForTftp(node);
    else this.#pass(node);
  }

  #queueForTftp(node: SimNode): void {
    node.tftp = 'waits';
    this.#tftp.take(() => {
      // A node whose power went meanwhile does not want its turn any more.
      if (node.tftp !== 'waits') return false;
      node.tftp = 'holds';
      this.#pass(node);
      return true;
    });
  }

  /** Through the stage at hand in its time, and on to the next. */
  #pass(node: SimNode): void {
    const { times, clock } = this.#parts;
    node.timer = clock.setTimer(times(node.index, legOf(node), node.random), () => {
      this.#leaveTftp(node);
      if (node.stageName === 'firmware' && node.triedFirst === 'disk') this.#bootFromDisk(node);
      else this.#enter(node, node.stage + 1);
    });
  }

  #bootFromDisk(node: SimNode): void {
    if (node.facts.kind === 'mesh') this.#fallThrough(node);
    else this.#see(node, noBootableDevice(node.facts));
  }

  /** Plays what a mishap does to a stage, one episode after the other; then nothing more happens. */
  #hinder(node: SimNode, obstacle: MishapKind, number: number): void {
    node.obstacle = obstacle;
    const { episodes = [], over_ms } = OBSTACLES[obstacle] ?? {};
    const episode = episodes[number];
    if (episode === undefined) {
      if (over_ms !== undefined) this.#getOver(node, obstacle, over_ms);
      return;
    }
    node.timer = this.#parts.clock.setTimer(episode.after_ms, () => {
      if (episode.sight === noBootableDevice && node.facts.kind === 'mesh') return this.#fallThrough(node);
      const sight = episode.sight(node.facts);
      // Firmware that has given up, or a kernel that has panicked, gets no further when the cause is healed.
      if (sight.kind === 'ended') node.obstacle = null;
      this.#see(node, sight);
      if (node.obstacle === obstacle) this.#hinder(node, obstacle, number + 1);
    });
  }

  /** Nothing to boot from the network, or it was not asked: firmware goes on to the local disk (SeaBIOS 1.16.2). */
  #fallThrough(node: SimNode): void {
    node.obstacle = null;
    node.chain = 'disk';
    const isBlank = node.flaw === 'disk.no-boot-code' || node.mishaps.has('disk.no-boot-code');
    if (!isBlank) this.#enter(node, CHAINS.disk.indexOf('bootloader.mbr'));
  }

  #getOver(node: SimNode, obstacle: MishapKind, over_ms: number): void {
    node.timer = this.#parts.clock.setTimer(over_ms, () => {
      node.mishaps.delete(obstacle);
      this.#proceed(node, node.stageName);
    });
  }

  #darken(node: SimNode): void {
    node.timer?.cancel();
    node.obstacle = null;
    node.stage = 0;
    this.#leaveTftp(node);
    for (const tell of node.onDark) tell();
    this.#reach(node, 'off');
  }

  #leaveTftp(node: SimNode): void {
    if (node.tftp === 'holds') this.#tftp.give();
    node.tftp = 'none';
  }

  #reach({ facts }: SimNode, stage: Stage): void {
    this.#parts.observe({ kind: 'reached', stage, what: SIGHTS[stage](facts), node: facts.id, source: 'sim' });
  }

  #see(node: SimNode, sight: Sight): void {
    this.#parts.observe({ ...sight, node: node.facts.id, source: 'sim' });
  }

  #node(id: NodeId): SimNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`bug: no node ${id} in this world`);
    return node;
  }
}

function isRest(stage: Stage): stage is RestStage {
  return stage === 'up' || stage === 'off' || stage === 'ramdisk';
}

function legOf({ chain, stageName }: SimNode): Leg {
  if (chain === 'ramdisk' && stageName === 'ipxe.script') return 'ipxe.script of ramdisk';
  if (chain === 'ramdisk' && stageName === 'kernel') return 'kernel of ramdisk';
  return stageName as TimedStage;
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An observation before it is said of which node. */
export type Sight = Without<Observation, 'node' | 'source'>;
