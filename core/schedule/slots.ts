import type { NodeId, ReservationId } from '../ids.js';
import type { AssignedSlot, Eviction, Holding } from './booking.js';

/** What a slot is given to. */
export interface SlotContent {
  readonly image: string;
  /** When a reservation last ended that had begun to use it; null: never. */
  readonly usedAt: number | null;
}

/** Slot 1 comes first; null is free. */
export type SlotRow = readonly (SlotContent | null)[];

/** Whoever has a granted or active reservation of a node for an image: that image is not evicted there. */
export interface SlotHolder {
  readonly reservation: ReservationId;
  readonly image: string;
  readonly to: number;
}

/** One node as a plan sees it. */
export interface SlotNode {
  readonly node: NodeId;
  readonly row: SlotRow;
  readonly holders: readonly SlotHolder[];
}

/** Every slot of a node is held by other images' reservations. `freeAt`: when the first of them comes free. */
export interface SlotShortage {
  readonly node: NodeId;
  readonly slots: number;
  readonly freeAt: number;
}

/**
 * Which slot an image gets on each of the nodes: the same number on all where there is one, and among those the one
 * that costs the fewest evictions, then the fewest copies. An image that has to make room is one that nobody holds: the
 * least recently used first, one that never ran before all others.
 */
export function planSlots(image: string, nodes: readonly SlotNode[]): Holding | SlotShortage {
  for (const { node, row, holders } of nodes) {
    const isFull = row.every((_, index) => !isOpen({ node, row, holders }, image, index));
    if (isFull) return { node, slots: row.length, freeAt: firstFree(row, holders) };
  }
  const common = commonSlot(image, nodes);
  const slots = nodes.map((node) => ({ node: node.node, slot: (common ?? bestOf(image, [node])) + 1 }));
  const evicted = nodes.flatMap((node, index) => evictionOf(node, image, slots[index]));
  return { slots, evicted };
}

export function isShortage(plan: Holding | SlotShortage): plan is SlotShortage {
  return 'freeAt' in plan;
}

/** The row once an image has its slot. Where it stood elsewhere on the node it is gone: one slot an image. */
export function placed(row: SlotRow, image: string, slot: number): SlotRow {
  const before = row.find((content) => content?.image === image) ?? null;
  return row.map((content, index) => {
    if (index === slot - 1) return { image, usedAt: before?.usedAt ?? null };
    return content?.image === image ? null : content;
  });
}

/** Whether the image may have that slot: free, its own, or of an image that nobody holds. */
function isOpen({ row, holders }: SlotNode, image: string, index: number): boolean {
  const isHeld = (name: string): boolean => holders.some((holder) => holder.image === name);
  const own = row.findIndex((content) => content?.image === image);
  // Another reservation counts on finding it where it was told.
  if (own !== -1 && isHeld(image)) return own === index;
  const content = row[index] ?? null;
  return content === null || content.image === image || !isHeld(content.image);
}

function commonSlot(image: string, nodes: readonly SlotNode[]): number | null {
  const best = bestOf(image, nodes);
  return best === -1 ? null : best;
}

/** Index of the cheapest slot that is open on all of the nodes; -1: there is none. */
function bestOf(image: string, nodes: readonly SlotNode[]): number {
  let best = -1;
  let least: readonly number[] = [];
  const count = nodes[0]?.row.length ?? 0;
  for (let index = 0; index < count; index += 1) {
    if (!nodes.every((node) => isOpen(node, image, index))) continue;
    const cost = costOf(image, nodes, index);
    if (best === -1 || isLess(cost, least)) {
      best = index;
      least = cost;
    }
  }
  return best;
}

/** Evictions, copies, and how recently the evicted were used, the most recent one deciding. */
function costOf(image: string, nodes: readonly SlotNode[], index: number): readonly number[] {
  const contents = nodes.map(({ row }) => row[index] ?? null);
  const evicted = contents.filter((content) => content !== null && content.image !== image);
  const copies = contents.filter((content) => content?.image !== image).length;
  return [evicted.length, copies, Math.max(-1, ...evicted.map((content) => content?.usedAt ?? -1))];
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const parted = one.findIndex((number, index) => number !== other[index]);
  return parted !== -1 && (one[parted] ?? 0) < (other[parted] ?? 0);
}

function evictionOf({ node, row }: SlotNode, image: string, given: AssignedSlot | undefined): readonly Eviction[] {
  const content = given === undefined ? null : (row[given.slot - 1] ?? null);
  if (given === undefined || content === null || content.image === image) return [];
  return [{ node, slot: given.slot, image: content.image }];
}

/** A slot is held until the last of its image's reservations ends. */
function firstFree(row: SlotRow, holders: readonly SlotHolder[]): number {
  const ends = row.map((content) => {
    const own = holders.filter(({ image }) => image === content?.image);
    return Math.max(...own.map(({ to }) => to));
  });
  return Math.min(...ends);
}
