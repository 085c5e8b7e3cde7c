import type { Clock } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';
import type { LunSet, LunSwitch } from '../../core/ports/lun-sets.js';

/** A clone is a header and an open file: 1 to 2 ms each in the emulated rack's store; the image has to be laid out. */
const STAGE_MS = 400;

type Holdings = ReadonlyMap<NodeId, string>;

/** The two sets of LUNs, and what each gives to each root node. */
export class LunStore {
  readonly #clock: Clock;
  readonly #sets: Record<LunSet, Holdings>;
  #active: LunSet = 'a';
  /** Stagings under way, and activations that wait for them. */
  #staging = 0;
  #waiting: (() => void)[] = [];
  /** Nodes that were staged for since the last switch. */
  readonly #stagedFor = new Set<NodeId>();

  constructor(clock: Clock, holds: Holdings) {
    this.#clock = clock;
    this.#sets = { a: holds, b: holds };
  }

  /** What the node boots next. */
  image(node: NodeId): string | null {
    return this.#sets[this.#active].get(node) ?? null;
  }

  /** Whether any clone of the image for the node is left. */
  holds(node: NodeId, image: string): boolean {
    return this.#sets.a.get(node) === image || this.#sets.b.get(node) === image;
  }

  /** @returns gives up: the set is then as it was */
  stage(image: string, nodes: readonly NodeId[], done: (set: LunSet) => void): () => void {
    this.#staging += 1;
    let isUnderWay = true;
    const timer = this.#clock.setTimer(STAGE_MS, () => {
      isUnderWay = false;
      const set = this.#active === 'a' ? 'b' : 'a';
      for (const node of nodes) this.#stagedFor.add(node);
      // A node that nobody has staged for since the last switch keeps what it has.
      const kept = [...this.#sets[this.#active]].filter(([node]) => !this.#stagedFor.has(node));
      this.#sets[set] = new Map([...this.#sets[set], ...kept, ...nodes.map((node) => [node, image] as const)]);
      this.#ended();
      done(set);
    });
    return () => {
      timer.cancel();
      if (isUnderWay) this.#ended();
      isUnderWay = false;
    };
  }

  #ended(): void {
    this.#staging -= 1;
    if (this.#staging > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) act();
  }

  /** At one instant, once nothing is being staged. @returns gives up */
  activate(set: LunSet, done: (change: LunSwitch) => void): () => void {
    let isWanted = true;
    const act = (): void => {
      if (!isWanted) return;
      const before = this.#active;
      this.#active = set;
      if (set !== before) this.#stagedFor.clear();
      const holds = [...this.#sets[set]].map(([node, image]) => ({ node, image }));
      done({ active: set, before, holds });
    };
    if (this.#staging === 0) act();
    else this.#waiting.push(act);
    return () => {
      isWanted = false;
    };
  }

  wipe(node: NodeId, image: string): void {
    for (const set of ['a', 'b'] as const) {
      const left = [...this.#sets[set]].filter(([id, held]) => id !== node || held !== image);
      this.#sets[set] = new Map(left);
    }
  }
}
