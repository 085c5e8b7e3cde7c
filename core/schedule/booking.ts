import type { NodeId, ReservationId } from '../ids.js';

/** Nodes for a time. Instants are ms on the clock's own scale: since 1970 in a schedule, since the start in a run. */
export interface Booking {
  /** Without repetition, in the order they were asked for. */
  readonly nodes: readonly NodeId[];
  /** Those of the nodes whose disk has slots: the image gets one on each. */
  readonly slotted: readonly NodeId[];
  /** Null for nodes as they are, without any image of ours. */
  readonly image: string | null;
  readonly from: number;
  /** The first instant that is not taken any more. */
  readonly to: number;
}

/** A booking under the name of who asks for it. */
export interface Claim extends Booking {
  readonly reservation: ReservationId;
  readonly project: string;
}

/** Slots count from 1. */
export interface AssignedSlot {
  readonly node: NodeId;
  readonly slot: number;
}

/** An image that makes room: whoever deploys overwrites it. */
export interface Eviction extends AssignedSlot {
  readonly image: string;
}

/** What a granted claim holds beside its nodes. */
export interface Holding {
  readonly slots: readonly AssignedSlot[];
  readonly evicted: readonly Eviction[];
}

/** Bookings take their nodes up to, and not at, `to`: one may begin when another ends. */
export function overlaps(one: Pick<Booking, 'from' | 'to'>, other: Pick<Booking, 'from' | 'to'>): boolean {
  return one.from < other.to && other.from < one.to;
}
