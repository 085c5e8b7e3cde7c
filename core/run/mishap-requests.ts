import type { Payload } from '../bus/topics.js';
import type { Clock, Timer } from '../clock.js';
import type { Fault } from '../faults/fault.js';
import { nodeId } from '../ids.js';
import type { Append, Entry } from '../journal/entry.js';
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
  /** Those that last, each with what heals it. */
  readonly #active = new Map<string, { timer: Timer | null }>();

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
    const at = this.#parts.clock.now();
    const mishap = mishapOf(asked, at);
    if (!this.#journal(mishap, 'begins')) return;
    this.#parts.mishaps.begin(mishap);
    this.#note(asked, at);
  }

  /** Goes on where a journal ends: what was broken is so again, for as long as it has left. */
  resume(earlier: readonly Entry[]): void {
    for (const { asked, beganAt } of standing(earlier)) {
      const mishap = mishapOf(asked, beganAt);
      // A cut of the power has done all that it does.
      if (mishap.mishap !== 'power.cut') this.#parts.mishaps.begin(mishap);
      this.#note(asked, beganAt);
    }
  }

  /** Nothing heals by itself any more. */
  stop(): void {
    for (const { timer } of this.#active.values()) timer?.cancel();
    this.#active.clear();
  }

  heal(asked: Asked): void {
    const mishap = mishapOf(asked, this.#parts.clock.now());
    this.#active.get(nameOf(asked))?.timer?.cancel();
    this.#active.delete(nameOf(asked));
    if (this.#journal(mishap, 'heals')) this.#parts.mishaps.heal(mishap);
  }

  #note(asked: Asked, beganAt: number): void {
    const { clock } = this.#parts;
    const { healsAfter_ms } = asked;
    const heal = (): void => this.heal(asked);
    const timer = healsAfter_ms === undefined ? null : clock.setTimer(beganAt + healsAfter_ms - clock.now(), heal);
    this.#active.set(nameOf(asked), { timer });
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

interface Standing {
  readonly asked: Asked;
  readonly beganAt: number;
}

/** Begun, and not healed by the end of a journal. */
function standing(entries: readonly Entry[]): readonly Standing[] {
  const asked = new Map<string, Asked>();
  const begun = new Map<string, Standing>();
  for (const entry of entries) {
    if (entry.entry === 'requested' && entry.fault === null && entry.said?.topic === 'mishap.begin') {
      // It was parsed before it was written down.
      const one = entry.said.payload as Asked;
      asked.set(nameOf(one), one);
    }
    if (entry.entry !== 'mishap') continue;
    const name = `${entry.mishap} ${entry.node}`;
    const one = asked.get(name);
    if (entry.change === 'heals') begun.delete(name);
    else if (one !== undefined) begun.set(name, { asked: one, beganAt: entry.at });
  }
  return [...begun.values()];
}

function nameOf({ node, mishap }: Asked): string {
  return `${mishap} ${node}`;
}

function mishapOf({ node, mishap, healsAfter_ms }: Asked, at_ms: number): Mishap {
  const facts = { node: nodeId(node), healsAfter_ms: healsAfter_ms ?? null };
  return mishap === 'power.cut' ? { mishap, ...facts, when: { kind: 'at', at_ms } } : { mishap, ...facts, when: null };
}
