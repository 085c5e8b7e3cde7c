/** SPC-4, table 78. */
export const RESERVATION_TYPE = {
  writeExclusive: 1,
  exclusiveAccess: 3,
  writeExclusiveRegistrants: 5,
  exclusiveAccessRegistrants: 6,
  writeExclusiveAll: 7,
  exclusiveAccessAll: 8,
} as const;

const TYPES: ReadonlySet<number> = new Set(Object.values(RESERVATION_TYPE));
/** Types that concern everybody who is registered: they are told when such a reservation ends. */
const FOR_REGISTRANTS: ReadonlySet<number> = new Set([5, 6, 7, 8]);
/** Types that every registrant holds. */
const HELD_BY_ALL: ReadonlySet<number> = new Set([7, 8]);
const WRITE_ONLY: ReadonlySet<number> = new Set([1, 5, 7]);

export function isReservationType(type: number): boolean {
  return TYPES.has(type);
}

interface Held {
  /** Null where all registrants hold it. */
  readonly nexus: string | null;
  readonly type: number;
}

/** Who is told what, after a change. */
export interface Told {
  readonly released: readonly string[];
  readonly preempted: readonly string[];
}

export type Outcome = 'good' | 'conflict' | 'invalid release' | Told;

/** Registrations of a unit and what one or all of them hold (SPC-4, section 5.13). Not kept over a restart. */
export class PersistentReservation {
  generation = 0;
  readonly #keys = new Map<string, bigint>();
  #held: Held | null = null;

  get hasRegistrations(): boolean {
    return this.#keys.size > 0;
  }

  get held(): Held | null {
    return this.#held;
  }

  registrations(): readonly (readonly [nexus: string, key: bigint])[] {
    return [...this.#keys];
  }

  keyOf(nexus: string): bigint | null {
    return this.#keys.get(nexus) ?? null;
  }

  isHolder(nexus: string): boolean {
    if (this.#held === null) return false;
    return this.#held.nexus === nexus || (this.#held.nexus === null && this.#keys.has(nexus));
  }

  allows(nexus: string, access: 'read' | 'write'): boolean {
    if (this.#held === null || this.isHolder(nexus)) return true;
    if (FOR_REGISTRANTS.has(this.#held.type) && this.#keys.has(nexus)) return true;
    return access === 'read' && WRITE_ONLY.has(this.#held.type);
  }

  /** REGISTER; with `key` null REGISTER AND IGNORE EXISTING KEY. A new key of 0 unregisters. */
  register(nexus: string, key: bigint | null, newKey: bigint): Outcome {
    if (key !== null && key !== (this.#keys.get(nexus) ?? 0n)) return 'conflict';
    const wasRegistered = this.#keys.has(nexus);
    if (newKey === 0n && !wasRegistered) return 'good';
    this.#bump();
    if (newKey !== 0n) {
      this.#keys.set(nexus, newKey);
      return 'good';
    }
    return this.#unregister(nexus);
  }

  reserve(nexus: string, key: bigint, type: number): Outcome {
    if (this.#keys.get(nexus) !== key) return 'conflict';
    if (this.#held === null) {
      this.#held = { nexus: HELD_BY_ALL.has(type) ? null : nexus, type };
      return 'good';
    }
    return this.isHolder(nexus) && this.#held.type === type ? 'good' : 'conflict';
  }

  release(nexus: string, key: bigint, type: number): Outcome {
    if (this.#keys.get(nexus) !== key) return 'conflict';
    if (this.#held === null || !this.isHolder(nexus)) return 'good';
    if (this.#held.type !== type) return 'invalid release';
    this.#held = null;
    return { released: FOR_REGISTRANTS.has(type) ? this.#others(nexus) : [], preempted: [] };
  }

  /** Everything is forgotten; the others are told that they were preempted. */
  clear(nexus: string, key: bigint): Outcome {
    if (this.#keys.get(nexus) !== key) return 'conflict';
    const others = this.#others(nexus);
    this.#bump();
    this.#keys.clear();
    this.#held = null;
    return { released: [], preempted: others };
  }

  /** PREEMPT: whoever registered with `victim` goes, and its reservation becomes this nexus's own, of the new type. */
  preempt(nexus: string, key: bigint, { victim, type }: { victim: bigint; type: number }): Outcome {
    if (this.#keys.get(nexus) !== key) return 'conflict';
    const held = this.#held;
    const takesOver = held !== null && (held.nexus === null ? victim === 0n : this.#keys.get(held.nexus) === victim);
    const gone = this.#others(nexus).filter(
      (other) => (takesOver && victim === 0n) || this.#keys.get(other) === victim,
    );
    const ownMatches = this.#keys.get(nexus) === victim;
    if (!takesOver && gone.length === 0 && !ownMatches) return 'conflict';
    this.#bump();
    for (const other of gone) this.#keys.delete(other);
    if (!takesOver) {
      if (held?.nexus === null && this.#keys.size === 0) this.#held = null;
      return { released: [], preempted: gone };
    }
    this.#held = { nexus: HELD_BY_ALL.has(type) ? null : nexus, type };
    return { released: held.type === type ? [] : this.#others(nexus), preempted: gone };
  }

  #unregister(nexus: string): Outcome {
    const held = this.#held;
    this.#keys.delete(nexus);
    const isLast = held?.nexus === null && this.#keys.size === 0;
    if (held === null || (held.nexus !== nexus && !isLast)) return 'good';
    this.#held = null;
    return { released: FOR_REGISTRANTS.has(held.type) ? this.#others(nexus) : [], preempted: [] };
  }

  #others(nexus: string): readonly string[] {
    return [...this.#keys.keys()].filter((other) => other !== nexus);
  }

  #bump(): void {
    this.generation = (this.generation + 1) >>> 0;
  }
}
