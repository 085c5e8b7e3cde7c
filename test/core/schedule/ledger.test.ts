import fc from 'fast-check';
import t from 'tap';
import { faultOf, type Fault } from '../../../core/faults/fault.js';
import { nodeId, reservationId, type ReservationId } from '../../../core/ids.js';
import { compiledSteppers } from '../../../core/machines/steppers.js';
import { overlaps, type Booking } from '../../../core/schedule/booking.js';
import { Ledger, type LedgerState, type Reservation, type ScheduleRecord } from '../../../core/schedule/ledger.js';
import { hasSlots, NODES, wishes, type Wish } from '../../arbitraries/bookings.js';

const STEPPER = compiledSteppers().reservation;
const SLOTS = 3;
const HOLDING = ['granted', 'active'];

function requested(number: number, booking: Booking, at: number): ScheduleRecord {
  const reservation = reservationId(number);
  return {
    record: 'requested',
    input: { reservation, project: `p${number}`, ...booking, at, zone: 'UTC', event: null, sequence: 0 },
  };
}

/** A schedule as the simplest program would keep it: a list, searched from end to end. */
class Model {
  at = 0;
  readonly all: { id: ReservationId; state: string; nodes: readonly string[]; from: number; to: number }[] = [];

  come(at: number): void {
    this.at = at;
    for (const one of this.all) {
      if (one.state === 'granted' && one.from <= at) one.state = 'active';
      if (one.state === 'active' && one.to <= at) one.state = 'over';
    }
  }

  isFree(booking: Pick<Booking, 'nodes' | 'from' | 'to'>, except: ReservationId | null): boolean {
    return this.all.every((one) => {
      const isElsewhere = !one.nodes.some((node) => booking.nodes.includes(nodeId(node)));
      return one.id === except || !HOLDING.includes(one.state) || isElsewhere || !overlaps(one, booking);
    });
  }
}

function tryApply(ledger: Ledger, record: ScheduleRecord): Reservation | Fault {
  try {
    return ledger.apply(record);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    return fault;
  }
}

/** The record that a wish becomes; null when it names a reservation that there is not. */
function recordOf(wish: Wish, ledger: Ledger, at: number): ScheduleRecord | null {
  if (wish.wish === 'add') return requested(ledger.all().length + 1, wish.booking, at);
  const target = ledger.all()[wish.which];
  if (target === undefined) return null;
  const { reservation, to } = target;
  const told = (event: (ScheduleRecord & { record: 'told' })['event']): ScheduleRecord => ({
    record: 'told',
    reservation,
    event,
  });
  switch (wish.wish) {
    case 'cancel':
      return told({ type: 'cancel.requested', at });
    case 'extend':
      return told({ type: 'extend.requested', at, to: to + wish.by });
    case 'change':
      return told({ type: 'change.requested', at, booking: wish.booking });
    case 'again':
      return told({ type: 'reservation.requested', at, booking: wish.booking });
  }
}

/** Plays wishes; calls `after` with each answer. */
function play(
  list: readonly Wish[],
  after: (ledger: Ledger, record: ScheduleRecord, answer: Reservation | Fault) => void,
): { readonly ledger: Ledger; readonly taken: readonly ScheduleRecord[] } {
  const ledger = new Ledger(STEPPER, SLOTS);
  const taken: ScheduleRecord[] = [];
  let at = 0;
  for (const wish of list) {
    at += wish.later;
    ledger.advance(at);
    const record = recordOf(wish, ledger, at);
    if (record === null) continue;
    const answer = tryApply(ledger, record);
    if (!('code' in answer)) taken.push(record);
    after(ledger, record, answer);
  }
  return { ledger, taken };
}

void t.test('ledger: for every sequence of wishes, no two holders of a node overlap, nor share a slot', async (t) => {
  fc.assert(
    fc.property(wishes, (list) => {
      play(list, (ledger) => {
        const holding = ledger.all().filter(({ state }) => HOLDING.includes(state));
        for (const one of holding) {
          for (const other of holding) {
            const shared = one.nodes.filter((node) => other.nodes.includes(node));
            if (one === other || shared.length === 0) continue;
            if (overlaps(one, other))
              throw new Error(`${one.reservation} and ${other.reservation} share ${shared.join()}`);
            for (const { node, slot } of one.slots) {
              const theirs = other.slots.find((assigned) => assigned.node === node);
              if (theirs === undefined) continue;
              if ((theirs.slot === slot) !== (one.image === other.image)) throw new Error(`${node} slot ${slot}`);
            }
          }
        }
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

void t.test(
  'ledger: for every sequence of wishes, a held image stands in its slot, and slots are enough',
  async (t) => {
    fc.assert(
      fc.property(wishes, (list) => {
        play(list, (ledger) => {
          for (const { state, nodes, image, slots } of ledger.all()) {
            if (!HOLDING.includes(state) || image === null) continue;
            const slotted = nodes.filter(hasSlots);
            if (slots.map(({ node }) => node).join() !== slotted.join()) throw new Error('a node lacks its slot');
            for (const { node, slot } of slots) {
              if (slot < 1 || slot > SLOTS) throw new Error(`slot ${slot}`);
              if (ledger.row(node)[slot - 1]?.image !== image) throw new Error(`${image} was evicted from ${node}`);
            }
          }
          for (const node of NODES) {
            const images = ledger.row(node).flatMap((content) => (content === null ? [] : [content.image]));
            if (images.length > SLOTS || new Set(images).size < images.length) throw new Error(images.join());
          }
        });
      }),
      { numRuns: 300 },
    );
    t.pass();
  },
);

void t.test('ledger: for every sequence of wishes, it decides as a plain list would', async (t) => {
  fc.assert(
    fc.property(wishes, (list) => {
      const model = new Model();
      play(list, (ledger, record, answer) => {
        model.come(ledger.at);
        judge(model, record, answer);
        const ours = ledger.all().map(({ reservation, state, from, to }) => ({ reservation, state, from, to }));
        const theirs = model.all.map(({ id, state, from, to }) => ({ reservation: id, state, from, to }));
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
          throw new Error(`${JSON.stringify(ours)} and not ${JSON.stringify(theirs)} after ${JSON.stringify(record)}`);
        }
      });
    }),
    { numRuns: 500 },
  );
  t.pass();
});

/** Does to the model what the answer says, having checked that the answer had to be that one. */
function judge(model: Model, record: ScheduleRecord, answer: Reservation | Fault): void {
  const fault = 'code' in answer ? answer.code : null;
  const own = record.record === 'told' ? record.reservation : null;
  const one = model.all.find(({ id }) => id === own);
  const wanted = wantedOf(model, record);
  if (wanted !== null) {
    const { booking } = wanted;
    const state = one?.state ?? 'new';
    const expected = !wanted.states.includes(state)
      ? 'RES-004'
      : booking.to <= model.at
        ? 'RES-005'
        : model.isFree(booking, own)
          ? null
          : 'RES-001';
    // Slots have laws of their own.
    if (fault !== expected && !(expected === null && fault === 'RES-002')) {
      throw new Error(`${fault} and not ${expected} for ${JSON.stringify(record)}`);
    }
    if (fault !== null) return;
    const next = { nodes: booking.nodes, from: booking.from, to: booking.to, state: 'granted' };
    if (one === undefined) model.all.push({ id: reservationId(model.all.length + 1), ...next });
    else Object.assign(one, next);
    model.come(model.at);
    return;
  }
  if (one === undefined) throw new Error('a wish without its reservation');
  if (one.state === 'over') {
    if (fault !== 'RES-004') throw new Error(`${fault}: what is over was cancelled`);
    return;
  }
  if (fault !== null) throw new Error(`${fault} for a cancellation`);
  if (one.state === 'active') {
    one.to = model.at;
    one.state = 'over';
  } else {
    one.state = 'cancelled';
  }
}

/** What a record asks to hold, and in which states that may be asked; null for a cancellation. */
function wantedOf(
  model: Model,
  record: ScheduleRecord,
): { readonly booking: Pick<Booking, 'nodes' | 'from' | 'to'>; readonly states: readonly string[] } | null {
  if (record.record === 'requested') return { booking: record.input, states: ['new'] };
  const { event, reservation } = record;
  const one = model.all.find(({ id }) => id === reservation);
  switch (event.type) {
    case 'cancel.requested':
      return null;
    case 'change.requested':
      return { booking: event.booking, states: ['granted'] };
    case 'reservation.requested':
      return { booking: event.booking, states: ['over', 'cancelled'] };
    case 'extend.requested': {
      const { nodes = [], from = 0 } = one ?? {};
      return { booking: { nodes: nodes.map(nodeId), from, to: event.to }, states: HOLDING };
    }
  }
}

void t.test('ledger: for every sequence of wishes, what was granted folds to the same schedule again', async (t) => {
  fc.assert(
    fc.property(wishes, fc.nat(40), (list, cut) => {
      const { ledger, taken } = play(list, () => {});
      const whole = new Ledger(STEPPER, SLOTS);
      for (const record of taken) whole.apply(record);
      whole.advance(ledger.at);
      // A checkpoint is plain data: through JSON and on from there.
      const first = new Ledger(STEPPER, SLOTS);
      for (const record of taken.slice(0, cut)) first.apply(record);
      const kept = JSON.parse(JSON.stringify(first.state())) as LedgerState;
      const second = new Ledger(STEPPER, SLOTS, kept);
      for (const record of taken.slice(cut)) second.apply(record);
      second.advance(ledger.at);
      const told = JSON.stringify(ledger.state());
      return JSON.stringify(whole.state()) === told && JSON.stringify(second.state()) === told;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

const [MESH1 = nodeId('mesh1'), MESH2 = nodeId('mesh2')] = NODES;
const booked = (image: string, from: number, to: number): Booking => ({
  nodes: [MESH1, MESH2],
  slotted: [MESH1, MESH2],
  image,
  from,
  to,
});

void t.test('ledger: a node is taken -> who holds it, until when, and the first time when all are free', async (t) => {
  const ledger = new Ledger(STEPPER, SLOTS);
  ledger.apply(requested(1, booked('lucid', 10, 20), 0));
  ledger.apply(requested(2, { ...booked('lucid', 22, 30), nodes: [MESH2], slotted: [MESH2] }, 0));
  t.match(tryApply(ledger, requested(3, booked('jammy', 15, 20), 0)), {
    code: 'RES-001',
    node: 'mesh1',
    holder: 'r1',
    project: 'p1',
    until: 20,
    freeAt: 30,
  });
  t.match(tryApply(ledger, requested(3, booked('jammy', 15, 17), 0)), { code: 'RES-001', freeAt: 20 });
  t.match(tryApply(ledger, requested(3, booked('jammy', 20, 22), 0)), { state: 'granted' });
});

void t.test('ledger: more images than slots -> the one least recently used makes room, held ones never', async (t) => {
  const ledger = new Ledger(STEPPER, SLOTS);
  for (const [index, image] of ['a', 'b', 'c'].entries()) {
    ledger.apply(requested(index + 1, booked(image, index * 10, index * 10 + 10), 0));
  }
  t.match(tryApply(ledger, requested(4, booked('d', 40, 50), 0)), {
    code: 'RES-002',
    node: 'mesh1',
    slots: 3,
    freeAt: 10,
  });
  ledger.advance(25);
  const { slots, evicted } = ledger.apply(requested(4, booked('d', 40, 50), 25));
  t.same(slots, [
    { node: 'mesh1', slot: 1 },
    { node: 'mesh2', slot: 1 },
  ]);
  t.same(
    evicted.map(({ image }) => image),
    ['a', 'a'],
  );
  t.match(ledger.apply(requested(5, booked('b', 50, 60), 25)), { slots: [{ slot: 2 }, { slot: 2 }], evicted: [] });
});

void t.test('ledger: ended early, extended, asked for again -> each change counts, times are kept', async (t) => {
  const ledger = new Ledger(STEPPER, SLOTS);
  const [reservation] = [ledger.apply(requested(1, booked('lucid', 10, 20), 0)).reservation];
  const tell = (event: (ScheduleRecord & { record: 'told' })['event']) =>
    ledger.apply({ record: 'told', reservation, event });
  t.match(tell({ type: 'extend.requested', at: 12, to: 40 }), { state: 'active', to: 40, sequence: 1, changedAt: 12 });
  t.match(tell({ type: 'cancel.requested', at: 15 }), { state: 'over', from: 10, to: 15, sequence: 2 });
  t.match(tell({ type: 'reservation.requested', at: 16, booking: booked('lucid', 18, 19) }), {
    state: 'granted',
    sequence: 3,
  });
  ledger.advance(30);
  t.match(ledger.get(reservation), { state: 'over', to: 19, sequence: 3, changedAt: 16 });
});
