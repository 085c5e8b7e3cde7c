import type { Clock } from '../../core/clock.js';
import type { Observe, Stage } from '../../core/evidence.js';
import { faultOf } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { Works } from '../../core/machine-room/chassis.js';
import type { SerialLine } from '../../core/ports/machine-room.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { assert } from '../../core/unreachable.js';
import { BootMemory } from './boot-memory.js';
import type { Lasting } from './lasting-qemu.js';
import type { Accelerator, GuestTime, QemuNode } from './node.js';
import { openSession, type Session, type SessionOptions } from './session.js';
import type { Slots } from './slots.js';
import { takeOver, type Found } from './take-over.js';
import type { UnitBook } from './unit-book.js';
import { UnitWorks } from './unit-works.js';
import { openWitness, type ToldBefore, type Witness } from './witness.js';

export interface RackUnitOptions {
  readonly node: QemuNode;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly stageKnown: (() => Stage) | null;
  readonly accelerator: Accelerator;
  readonly guestTime: GuestTime;
  readonly consoleDirectory: string;
  readonly monitorPath: string;
  readonly slots: Slots;
  /** Called at each power-on with the version that QEMU says. */
  readonly greeted: (version: string) => void;
  /** Where the node is found again when we are gone; null for one that ends with us. */
  readonly keeps: Keeps | null;
}

export interface Keeps {
  readonly book: UnitBook;
  readonly plug: Lasting['plug'];
}

/** One node's place in the rack: on or off, and what it boots from next. */
export interface RackUnit {
  read(): Promise<PowerState>;
  ensure(want: PowerState, signal: AbortSignalLike): Promise<void>;
  /** @throws FaultError QMU-013 where the node has no such device */
  bootFrom(want: BootOrder): void;
  /** The machine inside of a chassis. */
  readonly works: Works;
  readonly line: SerialLine;
  /** Before anything is asked of it, and once: becomes what an earlier process of ours held. */
  takeOver(told: ToldBefore): Promise<Found>;
  release(): void;
  close(): Promise<void>;
}

interface PowerOn {
  readonly session: Session;
  readonly witness: Witness;
  readonly giveSlotBack: () => void;
}

export function openRackUnit(options: RackUnitOptions): RackUnit {
  const { node, clock, keeps } = options;
  const memory = new BootMemory(node, keeps?.book.record, (kept) => keeps?.book.change(kept));
  const works = new UnitWorks({ node, clock, memory, ensure: (want, signal) => ensure(want, signal) });
  let current: PowerOn | null = null;
  /** Ends the switching-on that is under way, in the queue for a slot too. */
  let switchingOn: AbortController | null = null;

  const inTurn = oneAfterTheOther();
  const on = async (signal: AbortSignalLike): Promise<void> => {
    if (current !== null) return;
    assert(keeps === null || keeps.book.record.running === null, `what runs of ${node.node} was taken over first`);
    const stop = (switchingOn = new AbortController());
    const unchain = abortsWith(signal, stop);
    try {
      const device = memory.next;
      current = await switchOn(options, { device, works, signal: stop.signal });
      memory.taken(device);
      works.began(current.session);
    } finally {
      unchain();
      switchingOn = null;
    }
    watchEnd(current);
  };
  const watchEnd = (started: PowerOn): void => {
    void started.session.ended.then(() => {
      started.giveSlotBack();
      keeps?.book.ended();
      if (current === started) current = null;
      works.ended();
    });
  };
  const off = async (): Promise<void> => {
    if (current !== null) await switchOff(current);
  };
  const ensure = (want: PowerState, signal: AbortSignalLike): Promise<void> => {
    if (want === 'off') switchingOn?.abort();
    return inTurn(() => (want === 'on' ? on(signal) : off()));
  };
  return {
    ensure,
    read: () => (current === null ? Promise.resolve('off') : readPower(current.session)),
    bootFrom: (want) => memory.set(want),
    works,
    line: works.line,
    takeOver: async (told) => {
      let found: Found = { state: 'off' };
      await inTurn(async () => {
        if (keeps === null) return;
        const taken = await takeOverUnit(options, { keeps, works, told });
        found = taken.found;
        if (taken.powerOn === null) return;
        current = taken.powerOn;
        works.resumed(current.session, keeps.book.media());
        watchEnd(current);
      });
      return found;
    },
    release: () => current?.giveSlotBack(),
    async close() {
      current?.witness.hush();
      switchingOn?.abort();
      await inTurn(off);
    },
  };
}

async function switchOff({ session, witness }: PowerOn): Promise<void> {
  witness.poweredOff();
  await session.quit();
  await session.ended;
}

/** @returns what ends it */
function abortsWith(signal: AbortSignalLike, controller: AbortController): () => void {
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

interface SwitchOn {
  readonly device: BootDevice;
  readonly works: UnitWorks;
  readonly signal: AbortSignal;
}

async function switchOn(options: RackUnitOptions, { device, works, signal }: SwitchOn): Promise<PowerOn> {
  const giveSlotBack = await options.slots.take(signal);
  try {
    const told = sessionOptions(options, works, device);
    const session = await openSession(told, signal);
    return { session, witness: told.witness, giveSlotBack };
  } catch (thrown) {
    giveSlotBack();
    throw thrown;
  }
}

function sessionOptions(options: RackUnitOptions, works: UnitWorks, bootDevice: BootDevice): SessionOptions {
  const { node, observe, stageKnown, keeps } = options;
  return {
    ...options,
    bootDevice,
    media: works.media,
    said: (bytes) => works.said(bytes),
    witness: openWitness({ node: node.node, observe, stageKnown, firmware: (shows) => works.firmware(shows) }),
    lasting: keeps === null ? null : lastingOf(keeps),
  };
}

function lastingOf({ book, plug }: Keeps): Lasting {
  return { place: book.place, plug, began: (running) => book.began(running) };
}

interface UnitTakeOver {
  readonly keeps: Keeps;
  readonly works: UnitWorks;
  readonly told: ToldBefore;
}

async function takeOverUnit(
  options: RackUnitOptions,
  { keeps, works, told }: UnitTakeOver,
): Promise<{ readonly found: Found; readonly powerOn: PowerOn | null }> {
  const session = sessionOptions(options, works, keeps.book.record.always);
  if (keeps.book.record.running !== null) session.witness.takenOver(told);
  const taken = await takeOver(session, { book: keeps.book, lasting: lastingOf(keeps) });
  if (taken.session === null) return { found: taken.found, powerOn: null };
  return { found: taken.found, powerOn: { session: taken.session, witness: session.witness, giveSlotBack: () => {} } };
}

/** Calls wait for each other, so that two at once act once. */
function oneAfterTheOther(): (act: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };
}

/** A QEMU that hangs is neither on nor off: the asker gets the Fault. One that ends while we ask is off. */
async function readPower(session: Session): Promise<PowerState> {
  try {
    await session.status();
    return 'on';
  } catch (thrown) {
    if (faultOf(thrown)?.code !== 'QMU-008') throw thrown;
    await session.ended;
    return 'off';
  }
}
