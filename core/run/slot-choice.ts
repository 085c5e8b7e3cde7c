/** An image that a node's slot holds. `since` is when it came to rest there, in ms of the run. */
export interface SlotUse {
  readonly slot: number;
  readonly image: string;
  /** Whether it may be cleared away for another one. */
  readonly mayGo: boolean;
  readonly since: number;
}

export interface SlotQuestion {
  /** How many slots the disk has. */
  readonly slots: number;
  readonly uses: readonly SlotUse[];
  readonly image: string;
}

/** The slot for an image: its own, else the first free one, else that of the image longest at rest; null: none. */
export function chooseSlot({ slots, uses, image }: SlotQuestion): number | null {
  const own = uses.find((use) => use.image === image);
  if (own !== undefined) return own.slot;
  for (let slot = 1; slot <= slots; slot += 1) if (!uses.some((use) => use.slot === slot)) return slot;
  const isTaken = ({ slot }: SlotUse): boolean => uses.some((use) => use.slot === slot && !use.mayGo);
  const [first] = uses.filter((use) => !isTaken(use)).sort((a, b) => a.since - b.since || a.slot - b.slot);
  return first?.slot ?? null;
}
