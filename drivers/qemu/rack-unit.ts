import type { Clock } from '../../core/clock.js';
import type { Observe, Stage } from '../../core/evidence.js';
import { faultOf } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { Works } from '../../core/machine-room/chassis.js';
import type { SerialLine } from '../../core/ports/machine-room.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { assert } from '../../core/unreachable.js';
import { BootMemory } from './boot-memory.js';
import { consoleTextReader } from './console-text.js';
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
  /** For a node whose console is heard elsewhere: what was heard there, one piece after the other. */
  heard(bytes: Buffer): void;
  release(): void;
  close(): Promise<void>;
}

interface PowerOn {
  readonly session: Session;
  readonly witness: Witness;
  readonly giveSlotBack: () => void;
}

export function openRackUnit(options: RackUnitOptions): RackUnit {
  return new Unit(options);
}

class Unit implements RackUnit {
  readonly works: UnitWorks;
  readonly line: SerialLine;
  readonly #options: RackUnitOptions;
  readonly #memory: BootMemory;
  readonly #inTurn = oneAfterTheOther();
  readonly #read = consoleTextReader();
  #current: PowerOn | null = null;
  /** Ends the switching-on that is under way, in the queue for a slot too. */
  #switchingOn: AbortController | null = null;

  constructor(options: RackUnitOptions) {
    const { node, clock, keeps } = options;
    this.#options = options;
    this.#memory = new BootMemory(node, keeps?.book.record, (kept) => keeps?.book.change(kept));
    const ensure: UnitWorks['ensure'] = (want, signal) => this.ensure(want, signal);
    this.works = new UnitWorks({ node, clock, memory: this.#memory, ensure });
    this.line = this.works.line;
  }

  ensure(want: PowerState, signal: AbortSignalLike): Promise<void> {
    if (want === 'off') this.#switchingOn?.abort();
    return this.#inTurn(() => (want === 'on' ? this.#on(signal) : this.#off()));
  }

  read(): Promise<PowerState> {
    return this.#current === null ? Promise.resolve('off') : readPower(this.#current.session);
  }

  bootFrom(want: BootOrder): void {
    this.#memory.set(want);
  }

  async takeOver(told: ToldBefore): Promise<Found> {
    const { keeps } = this.#options;
    let found: Found = { state: 'off' };
    if (keeps === null) return found;
    await this.#inTurn(async () => {
      const taken = await takeOverUnit(this.#options, { keeps, works: this.works, told });
      found = taken.found;
      if (taken.powerOn === null) return;
      this.works.resumed(taken.powerOn.session, keeps.book.media());
      this.#hold(taken.powerOn);
    });
    return found;
  }

  heard(bytes: Buffer): void {
    for (const text of this.#read(bytes)) this.#current?.witness.heard(text);
  }

  release(): void {
    this.#current?.giveSlotBack();
  }

  async close(): Promise<void> {
    this.#current?.witness.hush();
    this.#switchingOn?.abort();
    await this.#inTurn(() => this.#off());
  }

  async #on(signal: AbortSignalLike): Promise<void> {
    if (this.#current !== null) return;
    const running = this.#options.keeps?.book.record.running ?? null;
    assert(running === null, 'what runs was taken over first');
    const stop = (this.#switchingOn = new AbortController());
    const unchain = abortsWith(signal, stop);
    try {
      const device = this.#memory.next;
      const started = await switchOn(this.#options, { device, works: this.works, signal: stop.signal });
      this.#memory.taken(device);
      this.works.began(started.session);
      this.#hold(started);
    } finally {
      unchain();
      this.#switchingOn = null;
    }
  }

  async #off(): Promise<void> {
    if (this.#current !== null) await switchOff(this.#current);
  }

  #hold(started: PowerOn): void {
    this.#current = started;
    void started.session.ended.then(() => {
      started.giveSlotBack();
      this.#options.keeps?.book.ended();
      if (this.#current === started) this.#current = null;
      this.works.ended();
    });
  }
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
  const firmware = (shows: 'reset' | 'banner'): void => works.firmware(shows);
  const { isHeardElsewhere = false } = node;
  return {
    ...options,
    bootDevice,
    media: works.media,
    said: (bytes) => works.said(bytes),
    witness: openWitness({ node: node.node, observe, stageKnown, isHeardElsewhere, firmware }),
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
