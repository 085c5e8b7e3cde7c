import type { EffectInput, EffectKind } from '../effects/catalog.js';
import type { MachineEvent, Standing, Step, Stepper } from '../engine/step.js';
import { FaultError } from '../faults/fault.js';
import { reservationId, type ReservationId } from '../ids.js';
import type { ReservationContext, ReservationInput } from '../machines/reservation-context.js';
import type { ReservationEvent } from '../machines/reservation.machine.js';
import { nearest } from '../site/nearest.js';
import { assert } from '../unreachable.js';
import { Bookings, isFault, type BookingsState } from './bookings.js';
import type { SlotRow } from './slots.js';

/** What people asked, in order. Folded again, the same records give the same schedule. */
export type ScheduleRecord =
  | { readonly record: 'requested'; readonly input: ReservationInput }
  | { readonly record: 'told'; readonly reservation: ReservationId; readonly event: ReservationEvent };

/** A reservation as it stands. */
export interface Reservation extends ReservationContext {
  readonly state: string;
}

/** All of a ledger as plain data. */
export interface LedgerState {
  readonly at: number;
  readonly machines: readonly (readonly [ReservationId, Machine])[];
  readonly bookings: BookingsState;
}

interface Machine {
  readonly standing: Standing;
  /** The instant it waits for; null where nothing but people moves it. */
  readonly until: number | null;
}

const EMPTY: LedgerState = { at: 0, machines: [], bookings: { claims: [], rows: [] } };

/**
 * The reservations of a schedule, each a reservation machine that is stepped purely. Time comes in with what is asked;
 * what the machines wait for happens at its own instant. What is refused leaves no trace.
 */
export class Ledger {
  readonly #stepper: Stepper;
  readonly #machines: Map<ReservationId, Machine>;
  readonly #bookings: Bookings;
  #at: number;

  constructor(stepper: Stepper, slots?: number, state: LedgerState = EMPTY) {
    this.#stepper = stepper;
    this.#machines = new Map(state.machines);
    this.#bookings = new Bookings(slots, state.bookings);
    this.#at = state.at;
  }

  /** The instant up to which time has come. It never goes back, though the clocks of two hosts differ. */
  get at(): number {
    return this.#at;
  }

  nextId(): ReservationId {
    return reservationId(this.#machines.size + 1);
  }

  /** Lets time come to `at`: reservations begin and end, the earliest first. */
  advance(at: number): void {
    for (let next = this.#nextDue(at); next !== null; next = this.#nextDue(at)) {
      const { id, machine, until } = next;
      this.#at = Math.max(this.#at, until);
      const output = { until, at: this.#at };
      this.#take(id, this.#stepper.step(machine.standing, { type: 'effect.done', effect: 'time.await', output }));
    }
    this.#at = Math.max(this.#at, at);
  }

  /**
   * @returns the reservation as it stands after it
   * @throws FaultError RES-001 to 005 when it is refused: then nothing has changed
   */
  apply(record: ScheduleRecord): Reservation {
    const at = record.record === 'requested' ? record.input.at : record.event.at;
    this.advance(at);
    const id = record.record === 'requested' ? record.input.reservation : record.reservation;
    const before = this.#machines.get(id);
    try {
      if (record.record === 'requested') this.#request(record.input);
      else this.#tell(id, record.event);
    } catch (thrown) {
      if (before === undefined) this.#machines.delete(id);
      else this.#machines.set(id, before);
      throw thrown;
    }
    // What may begin at once has begun.
    this.advance(at);
    return this.get(id);
  }

  /** @throws FaultError RES-003 */
  get(id: ReservationId): Reservation {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw this.unknown(id);
    return reservationOf(machine.standing);
  }

  /** In the order in which they were asked for. */
  all(): readonly Reservation[] {
    return [...this.#machines.values()].map(({ standing }) => reservationOf(standing));
  }

  row(node: Parameters<Bookings['row']>[0]): SlotRow {
    return this.#bookings.row(node);
  }

  state(): LedgerState {
    return { at: this.#at, machines: [...this.#machines], bookings: this.#bookings.state() };
  }

  unknown(id: string): FaultError {
    const meant = nearest(id, [...this.#machines.keys()]);
    return new FaultError({ code: 'RES-003', kind: 'reservation.unknown', id, meant });
  }

  #request(input: ReservationInput): void {
    assert(!this.#machines.has(input.reservation), `${input.reservation} is asked for once`);
    this.#take(input.reservation, this.#stepper.start(input));
    this.#refuse(input.reservation);
  }

  #tell(id: ReservationId, event: ReservationEvent): void {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw this.unknown(id);
    const step = this.#stepper.step(machine.standing, { type: 'told', event: { ...event, at: this.#at } });
    if (step.commands.some(({ kind }) => kind === 'act')) {
      const asked = ASKED[event.type];
      throw new FaultError({ code: 'RES-004', kind: 'reservation.closed', id, state: machine.standing.state, asked });
    }
    this.#take(id, step);
    this.#refuse(id);
  }

  #refuse(id: ReservationId): void {
    const { fault } = this.get(id);
    if (fault !== null) throw new FaultError(fault);
  }

  /** Steps on as long as the book answers at once; ends in a state that waits for time or for people. */
  #take(id: ReservationId, step: Step): void {
    const { standing, entered, commands } = step;
    const ask = commands.find((command) => command.kind === 'ask');
    this.#machines.set(id, { standing, until: entered ? untilOf(ask) : (this.#machines.get(id)?.until ?? null) });
    const answer = ask === undefined ? null : this.#answer(ask.effect, ask.input);
    if (answer !== null) this.#take(id, this.#stepper.step(standing, answer));
  }

  #answer(effect: EffectKind, input: EffectInput): MachineEvent | null {
    const at = this.#at;
    if (effect === 'nodes.hold') {
      const held = this.#bookings.hold((input as EffectInput<'nodes.hold'>).claim, at);
      if (isFault(held)) return { type: 'effect.failed', effect, failure: { fault: held, at } };
      return { type: 'effect.done', effect, output: { holding: held, at } };
    }
    if (effect === 'nodes.release') {
      const { reservation } = input as EffectInput<'nodes.release'>;
      this.#bookings.release(reservation, at);
      return { type: 'effect.done', effect, output: { reservation, at } };
    }
    return null;
  }

  #nextDue(at: number): { readonly id: ReservationId; readonly machine: Machine; readonly until: number } | null {
    let best: { readonly id: ReservationId; readonly machine: Machine; readonly until: number } | null = null;
    for (const [id, machine] of this.#machines) {
      const { until } = machine;
      if (until !== null && until <= at && until < (best?.until ?? Infinity)) best = { id, machine, until };
    }
    return best;
  }
}

const ASKED: Readonly<Record<ReservationEvent['type'], string>> = {
  'reservation.requested': 'asked for again',
  'change.requested': 'changed',
  'extend.requested': 'extended',
  'cancel.requested': 'cancelled',
};

function untilOf(ask: { readonly effect: EffectKind; readonly input: EffectInput } | undefined): number | null {
  return ask?.effect === 'time.await' ? (ask.input as EffectInput<'time.await'>).until : null;
}

function reservationOf({ state, context }: Standing): Reservation {
  return { state, ...(context as ReservationContext) };
}
