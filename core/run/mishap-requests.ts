import type { Payload } from '../bus/topics.js';
import type { Clock } from '../clock.js';
import type { Fault } from '../faults/fault.js';
import { nodeId } from '../ids.js';
import type { Append } from '../journal/entry.js';
import type { MishapPort } from '../ports/mishaps.js';
import { mishapsOf } from '../scenario/mishap-words.js';
import type { Mishap } from '../scenario/scenario.js';
import type { SiteNode } from '../site/site.js';

export interface MishapRequestParts {
  readonly nodes: readonly Pick<SiteNode, 'id' | 'kind' | 'bmc'>[];
  readonly clock: Clock;
  readonly append: Append;
  readonly mishaps: Pick<MishapPort, 'begin' | 'heal'>;
  /** What this world has no way to bring about, and why; null: it has one. */
  readonly refuses?: (mishap: Mishap) => string | null;
}

type Asked = Payload<'mishap.begin'>;

/** Things that are broken on purpose in a rack that is up, and healed by hand or after a time. */
export class MishapRequests {
  readonly #parts: MishapRequestParts;
  /** Those that last, each a value of its own, so that a timer knows whether it is still about the same. */
  readonly #active = new Map<string, object>();

  constructor(parts: MishapRequestParts) {
    this.#parts = parts;
  }

  /** Of a node that there is. @returns why it can't be done, else null */
  judge(does: 'begin' | 'heal', asked: Asked): Fault | null {
    const why = does === 'begin' ? this.#whyNotBegin(asked) : this.#whyNotHeal(asked);
    const { node, mishap } = asked;
    return why === null ? null : { code: 'RCK-007', kind: 'mishap.cannot', node, mishap, why };
  }

  begin(asked: Asked): void {
    const mishap = mishapOf(asked, this.#parts.clock.now());
    const episode = {};
    this.#active.set(nameOf(asked), episode);
    if (!this.#journal(mishap, 'begins')) return;
    this.#parts.mishaps.begin(mishap);
    if (mishap.healsAfter_ms === null) return;
    this.#parts.clock.setTimer(mishap.healsAfter_ms, () => {
      if (this.#active.get(nameOf(asked)) === episode) this.heal(asked);
    });
  }

  heal(asked: Asked): void {
    const mishap = mishapOf(asked, this.#parts.clock.now());
    this.#active.delete(nameOf(asked));
    if (this.#journal(mishap, 'heals')) this.#parts.mishaps.heal(mishap);
  }

  #whyNotBegin(asked: Asked): string | null {
    const node = this.#parts.nodes.find(({ id }) => id === asked.node);
    if (node === undefined || !mishapsOf(node).includes(asked.mishap)) return 'it has nothing that could break so';
    if (this.#active.has(nameOf(asked))) return 'it is broken so already';
    return this.#parts.refuses?.(mishapOf(asked, 0)) ?? null;
  }

  #whyNotHeal(asked: Asked): string | null {
    return this.#active.has(nameOf(asked)) ? null : 'it is not broken so';
  }

  #journal({ mishap, node }: Mishap, change: 'begins' | 'heals'): boolean {
    const { append, clock } = this.#parts;
    return append({ entry: 'mishap', mishap, node, change }, clock.now());
  }
}

function nameOf({ node, mishap }: Asked): string {
  return `${mishap} ${node}`;
}

function mishapOf({ node, mishap, healsAfter_ms }: Asked, at_ms: number): Mishap {
  const facts = { node: nodeId(node), healsAfter_ms: healsAfter_ms ?? null };
  return mishap === 'power.cut' ? { mishap, ...facts, when: { kind: 'at', at_ms } } : { mishap, ...facts, when: null };
}
