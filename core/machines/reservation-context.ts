import type { Failure } from '../effects/catalog.js';
import type { Fault } from '../faults/fault.js';
import type { Booking, Claim, Holding } from '../schedule/booking.js';

export interface ReservationInput extends Claim {
  readonly at: number;
  /** The zone it was asked in, for whoever shows it. */
  readonly zone: string;
  /** Names the calendar event that asked for it; null: it was asked for by hand. */
  readonly event: string | null;
  /** How often that event had been changed by then. */
  readonly sequence: number;
}

export interface ReservationContext extends Claim, Holding {
  readonly at: number;
  readonly zone: string;
  readonly event: string | null;
  /** Counts the changes that were granted (RFC 5545, section 3.8.7.4). */
  readonly sequence: number;
  /** When it was last changed. */
  readonly changedAt: number;
  /** What a change that is under way asks for. */
  readonly wanted: Booking | null;
  /** Why it, or its last change, was refused. */
  readonly fault: Fault | null;
}

export function initialReservation(input: ReservationInput): ReservationContext {
  return { ...input, slots: [], evicted: [], changedAt: input.at, wanted: null, fault: null };
}

/** The claim of what is wanted where something is, else of what is held. */
export function claimOf(context: ReservationContext): Claim {
  const { reservation, project } = context;
  const { nodes, slotted, image, from, to } = context.wanted ?? context;
  return { reservation, project, nodes, slotted, image, from, to };
}

/** What it holds, or asks for while it holds nothing. */
export function bookingOf({ nodes, slotted, image, from, to }: ReservationContext): Booking {
  return { nodes, slotted, image, from, to };
}

export function granted(context: ReservationContext, holding: Holding, at: number): Partial<ReservationContext> {
  const { nodes, slotted, image, from, to } = claimOf(context);
  const change = context.wanted === null ? {} : { sequence: context.sequence + 1, changedAt: at };
  return { nodes, slotted, image, from, to, ...holding, ...change, wanted: null, fault: null, at };
}

/** A change that is refused leaves everything as it was. */
export function refused({ fault, at }: Failure): Partial<ReservationContext> {
  return { fault, at, wanted: null };
}

/** It holds nothing any more; one that ends early has ended now. */
export function released(context: ReservationContext, at: number): Partial<ReservationContext> {
  const { from, to, sequence } = context;
  const isEarly = at < to;
  const end = from <= at && isEarly ? at : to;
  return { to: end, at, wanted: null, ...(isEarly ? { sequence: sequence + 1, changedAt: at } : {}) };
}

/** Asked for once more, after it was over or refused. */
export function renewed(context: ReservationContext, booking: Booking, at: number): Partial<ReservationContext> {
  const { nodes, slotted, image, from, to } = booking;
  const sequence = context.sequence + 1;
  return {
    nodes,
    slotted,
    image,
    from,
    to,
    slots: [],
    evicted: [],
    sequence,
    changedAt: at,
    wanted: null,
    fault: null,
    at,
  };
}
