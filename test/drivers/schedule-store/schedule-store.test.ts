import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { faultOf } from '../../../core/faults/fault.js';
import { nodeId, reservationId } from '../../../core/ids.js';
import { compiledSteppers } from '../../../core/machines/steppers.js';
import { Ledger, type ScheduleRecord } from '../../../core/schedule/ledger.js';
import { CHECKPOINT_EVERY, commitChange, readSchedule } from '../../../drivers/schedule-store/schedule-store.js';
import { scratchOf } from '../../run-metalrig.js';

const STEPPER = compiledSteppers().reservation;
const SLOTS = 21;

function record(number: number): ScheduleRecord {
  const nodes = [nodeId('root1')];
  const claim = { nodes, slotted: nodes, image: 'lucid', from: number * 100, to: number * 100 + 50 };
  const input = { reservation: reservationId(number), project: 'p', ...claim, at: 1, zone: 'UTC', event: null };
  return { record: 'requested', input: { ...input, sequence: 0 } };
}

function opened(directory: string) {
  const stored = readSchedule(directory);
  const ledger = new Ledger(STEPPER, SLOTS, stored.checkpoint ?? undefined);
  for (const one of stored.records) ledger.apply(one);
  return { stored, ledger };
}

/** Adds the next reservation, as a command does. */
function add(directory: string): void {
  const { stored, ledger } = opened(directory);
  const records = [record(ledger.all().length + 1)];
  for (const one of records) ledger.apply(one);
  commitChange(stored, { slots: SLOTS, records, state: ledger.state() });
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'fine';
  } catch (thrown) {
    return faultOf(thrown)?.code ?? String(thrown);
  }
}

const fileOf = (directory: string, number: number) => join(directory, `${String(number).padStart(8, '0')}.json`);

void t.test('schedule store: many commits -> all of them, read from the last checkpoint on', async (t) => {
  const directory = join(scratchOf(t), 'deep', 'schedule');
  t.equal(opened(directory).ledger.all().length, 0, 'none yet');
  const count = CHECKPOINT_EVERY + 5;
  for (let index = 0; index < count; index += 1) add(directory);
  const { stored, ledger } = opened(directory);
  t.equal(ledger.all().length, count);
  t.equal(stored.records.length, 5);
  t.equal(new Set([stored.id, readSchedule(directory).id]).size, 1);
  t.same(
    readdirSync(directory).filter((name) => !/^\d{8}\.json$/.test(name)),
    [],
    'no draft stays',
  );
  const whole = new Ledger(STEPPER, SLOTS);
  for (let index = 1; index <= count; index += 1) whole.apply(record(index));
  t.same(ledger.all(), whole.all(), 'as if all had been read');
});

void t.test(
  'schedule store: two writers at once -> one wins, the other is refused and nothing of it stays',
  async (t) => {
    const directory = scratchOf(t);
    add(directory);
    const [one, other] = [opened(directory), opened(directory)];
    for (const { ledger } of [one, other]) ledger.apply(record(2));
    const change = { slots: SLOTS, records: [record(2)], state: one.ledger.state() };
    commitChange(one.stored, change);
    t.equal(
      codeOf(() => commitChange(other.stored, change)),
      'RES-006',
    );
    t.equal(readdirSync(directory).length, 2);
    t.equal(opened(directory).ledger.all().length, 2);
  },
);

void t.test('schedule store: for every cut of the last file, it counts as not written, and work goes on', async (t) => {
  const directory = scratchOf(t);
  for (let index = 0; index < 3; index += 1) add(directory);
  const whole = readFileSync(fileOf(directory, 3), 'utf8');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (size) => {
      writeFileSync(fileOf(directory, 3), whole);
      truncateSync(fileOf(directory, 3), size);
      const { stored, ledger } = opened(directory);
      return stored.torn.length === 1 && stored.next === 4 && ledger.all().length === 2;
    }),
  );
  add(directory);
  const { stored, ledger } = opened(directory);
  t.same(stored.torn, [], 'told until somebody has written on');
  t.equal(ledger.all().length, 3);
});

void t.test('schedule store: a checkpoint that was cut off -> the one before it is read from', async (t) => {
  const directory = scratchOf(t);
  for (let index = 0; index < CHECKPOINT_EVERY; index += 1) add(directory);
  truncateSync(fileOf(directory, CHECKPOINT_EVERY), 9);
  t.equal(opened(directory).ledger.all().length, CHECKPOINT_EVERY - 1);
  add(directory);
  t.equal(opened(directory).ledger.all().length, CHECKPOINT_EVERY);
});

void t.test('schedule store: for every flipped byte, it is refused or left out, never believed', async (t) => {
  const directory = scratchOf(t);
  for (let index = 0; index < 3; index += 1) add(directory);
  const whole = readFileSync(fileOf(directory, 2));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, bits) => {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(place) ^ bits, place);
      writeFileSync(fileOf(directory, 2), flipped);
      return codeOf(() => readSchedule(directory)) === 'RES-007';
    }),
  );
  t.pass();
});

void t.test('schedule store: a file that is missing, swapped or of another version -> refused', async (t) => {
  const directory = scratchOf(t);
  for (let index = 0; index < 3; index += 1) add(directory);
  const second = readFileSync(fileOf(directory, 2), 'utf8');
  writeFileSync(fileOf(directory, 3), second);
  t.equal(
    codeOf(() => readSchedule(directory)),
    'RES-007',
  );
  const elsewhere = scratchOf(t);
  writeFileSync(fileOf(elsewhere, 1), second);
  t.equal(
    codeOf(() => readSchedule(elsewhere)),
    'RES-007',
  );
});

void t.test('schedule store: a place that cannot be written or read -> a fault with a remedy', async (t) => {
  const directory = scratchOf(t);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const { stored } = opened(directory);
  const change = { slots: SLOTS, records: [], state: new Ledger(STEPPER).state() };
  t.equal(
    codeOf(() => commitChange({ ...stored, directory: join(file, 'x') }, change)),
    'RES-008',
  );
  t.equal(
    codeOf(() => readSchedule(file)),
    'RES-009',
  );
});
