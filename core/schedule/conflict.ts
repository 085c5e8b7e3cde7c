import type { NodeId } from '../ids.js';
import { overlaps, type Claim } from './booking.js';

export interface Conflict {
  readonly node: NodeId;
  /** The earliest of those in the way. */
  readonly holder: Claim;
  /** The first instant from which all the wanted nodes are free for as long as was asked. */
  readonly freeAt: number;
}

/** Who is in the way of a claim, other than the same reservation's own; null: nobody. */
export function conflictOf(wanted: Claim, held: readonly Claim[]): Conflict | null {
  const others = held
    .filter((claim) => claim.reservation !== wanted.reservation && nodeOfBoth(wanted, claim) !== undefined)
    .sort(byTime);
  const holder = others.find((claim) => overlaps(wanted, claim));
  const node = holder === undefined ? undefined : nodeOfBoth(wanted, holder);
  if (holder === undefined || node === undefined) return null;
  return { node, holder, freeAt: freeFrom(wanted, others) };
}

function nodeOfBoth(wanted: Claim, claim: Claim): NodeId | undefined {
  return wanted.nodes.find((node) => claim.nodes.includes(node));
}

/** Claims in the order of their beginning: each one in the way moves the candidate to its end. */
function freeFrom({ from, to }: Claim, others: readonly Claim[]): number {
  let candidate = from;
  for (const claim of others) {
    if (overlaps({ from: candidate, to: candidate + to - from }, claim)) candidate = claim.to;
  }
  return candidate;
}

/** The order has no ties, so that the same claims give the same answer. */
function byTime(one: Claim, other: Claim): number {
  if (one.from !== other.from) return one.from - other.from;
  return one.reservation < other.reservation ? -1 : 1;
}
