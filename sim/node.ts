import type { Timer } from '../core/clock.js';
import { CHAINS, type ChainName, type Stage } from '../core/evidence.js';
import type { NodeId } from '../core/ids.js';
import type { BootDevice } from '../core/ports/boot-device.js';
import type { PowerState } from '../core/ports/power.js';
import type { Random } from '../core/random.js';
import type { MishapKind } from '../core/scenario/scenario.js';
import type { NodeKind } from '../core/site/site.js';

/** What of a node its simulation needs. */
export interface SimNodeFacts {
  readonly id: NodeId;
  readonly kind: NodeKind;
  /** The slot that a mesh node boots; null for a root node. */
  readonly slot: number | null;
  readonly bootFile: string;
  readonly target: string;
  readonly image: string;
}

/** What the script of a mesh node says: load the deploy ramdisk, or boot the local disk. */
export type DesiredBoot = 'deploy' | 'local';

/** A class, so that all nodes have one shape: objects put together by spreading cost a fifth of a run. */
export class SimNode {
  facts: SimNodeFacts;
  readonly index: number;
  readonly random: Random;
  readonly mishaps = new Set<MishapKind>();
  /** What is wrong with the image that it boots. */
  flaw: MishapKind | null = null;
  /** Who works on it and wants to know when its power goes. */
  readonly onDark = new Set<() => void>();
  power: PowerState = 'off';
  /** What the firmware is to try first; `bootOnce` wins, and the next power-on uses it up. */
  bootDevice: BootDevice = 'network';
  bootOnce: BootDevice | null = null;
  /** What it tried first when it was last powered on. */
  triedFirst: BootDevice | null = null;
  desiredBoot: DesiredBoot = 'local';
  /** The way that this boot goes. A mesh node's is settled by the script that it loads; up to there both are alike. */
  chain: ChainName;
  /** Place in that chain. */
  stage = 0;
  timer: Timer | null = null;
  /** What holds the boot up at this stage, while it does. */
  obstacle: MishapKind | null = null;
  /** Whether the node holds a TFTP slot, or waits for one. */
  tftp: 'none' | 'waits' | 'holds' = 'none';

  constructor(facts: SimNodeFacts, index: number, random: Random) {
    this.facts = facts;
    this.index = index;
    this.random = random;
    this.chain = facts.kind === 'root' ? 'lun' : 'disk';
  }

  get stageName(): Stage {
    return CHAINS[this.chain][this.stage] ?? 'off';
  }
}
