import { assign, setup } from 'xstate';
import type { EffectInput, Failure, Outcome } from '../effects/catalog.js';
import type { Booking } from '../schedule/booking.js';
import { effectActors } from './effect-actors.js';
import type { StateMeta } from './meta.js';
import {
  bookingOf,
  claimOf,
  granted,
  initialReservation,
  refused,
  released,
  renewed,
  type ReservationContext,
  type ReservationInput,
} from './reservation-context.js';

/** What people ask of a reservation. In `active` a cancellation is an early end. */
export type ReservationEvent =
  | { readonly type: 'reservation.requested'; readonly at: number; readonly booking: Booking }
  | { readonly type: 'change.requested'; readonly at: number; readonly booking: Booking }
  | { readonly type: 'extend.requested'; readonly at: number; readonly to: number }
  | { readonly type: 'cancel.requested'; readonly at: number };

/** The schedule answers at once; a minute is for a store on a slow network. */
const BOOK_LIMIT_MS = 60_000;

type InContext = { readonly context: ReservationContext };
type Held = { readonly event: { readonly output: Outcome<'nodes.hold'> } };
type Answered = { readonly event: { readonly output: Outcome } };
type Unanswered = { readonly event: { readonly error: unknown } };
type Told = { readonly at: number };
type Asked = { readonly event: { readonly at: number; readonly booking: Booking } };
type Lasting = { readonly event: { readonly at: number; readonly to: number } };
type Wish = { readonly wanted: Booking; readonly at: number };

const heldOf = ({ event }: Held) => ({ output: event.output });
const timeOf = ({ event }: Answered): Told => ({ at: event.output.at });
const told = ({ event }: { readonly event: Told }): Told => ({ at: event.at });
const failureOf = ({ event }: Unanswered) => ({ failure: event.error as Failure });
const wishOf = ({ event }: Asked): Wish => ({ wanted: event.booking, at: event.at });
const longerOf = ({ context, event }: InContext & Lasting): Wish => ({
  wanted: { ...bookingOf(context), to: event.to },
  at: event.at,
});

const reservation = setup({
  types: {
    context: {} as ReservationContext,
    events: {} as ReservationEvent,
    input: {} as ReservationInput,
    meta: {} as StateMeta,
  },
  actors: effectActors,
  actions: {
    note: assign((_, { at }: Told) => ({ at })),
    wish: assign((_, { wanted, at }: Wish) => ({ wanted, at })),
    hold: assign(({ context }, { output }: { readonly output: Outcome<'nodes.hold'> }) =>
      granted(context, output.holding, output.at),
    ),
    refuse: assign((_, { failure }: { readonly failure: Failure }) => refused(failure)),
    letGo: assign(({ context }, { at }: Told) => released(context, at)),
    renew: assign(({ context }, { wanted, at }: Wish) => renewed(context, wanted, at)),
    recordUnexpected: () => {},
  },
});

const cancel = { target: '#reservation.cancelling', actions: { type: 'note', params: told } } as const;
const end = { target: '#reservation.ending', actions: { type: 'note', params: told } } as const;
const again = { target: '#reservation.requested', actions: { type: 'renew', params: wishOf } } as const;
const change = { target: '#reservation.changing', actions: { type: 'wish', params: wishOf } } as const;
const extend = { target: '#reservation.extending', actions: { type: 'wish', params: longerOf } } as const;

/** Where the time cannot be waited for, the nodes are not kept either. */
function until(instant: 'from' | 'to', onDone: string, onError: string) {
  return {
    id: 'time.await',
    src: 'time.await',
    input: ({ context }: InContext): EffectInput<'time.await'> => ({ until: context[instant], deadlineAt: null }),
    onDone: { target: onDone, actions: { type: 'note', params: timeOf } },
    onError: { target: onError, actions: { type: 'refuse', params: failureOf } },
  } as const;
}

/** One reservation of nodes for a time. Whoever answers `nodes.hold` is the schedule. */
export const reservationMachine = reservation.createMachine({
  id: 'reservation',
  context: ({ input }) => initialReservation(input),
  initial: 'requested',
  on: { '*': { actions: 'recordUnexpected' } },
  states: {
    requested: {
      description: 'Somebody asks for nodes; the schedule looks whether they are free.',
      meta: { tone: 'busy', check: 'that the schedule can be read and written' },
      invoke: hold('#reservation.granted', '#reservation.refused'),
      on: { 'cancel.requested': cancel },
    },
    granted: {
      description: 'The nodes are held, and the time has not come.',
      meta: { tone: 'idle' },
      tags: 'stable',
      invoke: until('from', '#reservation.active', '#reservation.cancelling'),
      on: {
        'change.requested': change,
        'extend.requested': { target: '#reservation.changing', actions: { type: 'wish', params: longerOf } },
        'cancel.requested': cancel,
      },
    },
    changing: {
      description: 'Another time, other nodes or another image is asked for; what was granted holds until then.',
      meta: { tone: 'busy', check: 'that the schedule can be read and written' },
      invoke: hold('#reservation.granted', '#reservation.granted'),
      on: { 'cancel.requested': cancel },
    },
    active: {
      description: 'The nodes are for their project now.',
      meta: { tone: 'good' },
      tags: 'stable',
      invoke: until('to', '#reservation.ending', '#reservation.ending'),
      on: { 'extend.requested': extend, 'cancel.requested': end },
    },
    extending: {
      description: 'Another end is asked for while the nodes are in use; the old one holds until then.',
      meta: { tone: 'busy', check: 'that the schedule can be read and written' },
      invoke: hold('#reservation.active', '#reservation.active'),
      on: { 'cancel.requested': end },
    },
    ending: {
      description: 'The time is up, or its project needs the nodes no longer: they are given back.',
      meta: { tone: 'busy', check: 'that the schedule can be read and written' },
      invoke: release('#reservation.over'),
      on: { 'cancel.requested': {} },
    },
    over: {
      description: 'The nodes were used and given back.',
      meta: { tone: 'idle' },
      tags: 'stable',
      on: { 'reservation.requested': again },
    },
    cancelling: {
      description: 'It is called off before it began: what it held is given back.',
      meta: { tone: 'busy', check: 'that the schedule can be read and written' },
      invoke: release('#reservation.cancelled'),
      on: { 'cancel.requested': {} },
    },
    cancelled: {
      description: 'It was called off before it began, and holds nothing.',
      meta: { tone: 'idle' },
      tags: 'stable',
      on: { 'reservation.requested': again, 'cancel.requested': {} },
    },
    refused: {
      description: 'The schedule said no: the nodes or their slots are taken, or the time is past.',
      meta: { tone: 'bad', check: 'who holds the nodes, and from when on they are free' },
      tags: 'stable',
      on: { 'reservation.requested': again, 'cancel.requested': {} },
    },
  },
});

function hold(yes: string, no: string) {
  return {
    id: 'nodes.hold',
    src: 'nodes.hold',
    input: ({ context }: InContext): EffectInput<'nodes.hold'> => ({
      claim: claimOf(context),
      deadlineAt: context.at + BOOK_LIMIT_MS,
    }),
    onDone: { target: yes, actions: { type: 'hold', params: heldOf } },
    onError: { target: no, actions: { type: 'refuse', params: failureOf } },
  } as const;
}

/** Where giving back fails the fault says so; what is left of the hold ends with its time. */
function release(target: string) {
  return {
    id: 'nodes.release',
    src: 'nodes.release',
    input: ({ context }: InContext): EffectInput<'nodes.release'> => ({
      reservation: context.reservation,
      deadlineAt: context.at + BOOK_LIMIT_MS,
    }),
    onDone: { target, actions: { type: 'letGo', params: timeOf } },
    onError: { target, actions: { type: 'refuse', params: failureOf } },
  } as const;
}
