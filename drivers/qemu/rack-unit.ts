import type { Clock } from '../../core/clock.js';
import type { Observe, Stage } from '../../core/evidence.js';
import { faultOf } from '../../core/faults/fault.js';
import type { BootDevice, BootOrder } from '../../core/ports/boot-device.js';
import type { Works } from '../../core/machine-room/chassis.js';
import type { SerialLine } from '../../core/ports/machine-room.js';
import type { AbortSignalLike, PowerState } from '../../core/ports/power.js';
import { BootMemory } from './boot-memory.js';
import { consoleTextReader } from './console-text.js';
import type { Accelerator, GuestTime, QemuNode } from './node.js';
import { openSession, type Session } from './session.js';
import type { Slots } from './slots.js';
import { UnitWorks } from './unit-works.js';
import { openWitness, type Witness } from './witness.js';

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
  const memory = new BootMemory(options.node);
  const read = consoleTextReader();
  const { node, clock } = options;
  const works = new UnitWorks({ node, clock, memory, ensure: (want, signal) => ensure(want, signal) });
  let current: PowerOn | null = null;
  /** Ends the switching-on that is under way, in the queue for a slot too. */
  let switchingOn: AbortController | null = null;
  const inTurn = oneAfterTheOther();
  const on = async (signal: AbortSignalLike): Promise<void> => {
    if (current !== null) return;
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
    const started = current;
    void started.session.ended.then(() => {
      started.giveSlotBack();
      if (current === started) current = null;
      works.ended();
    });
  };
  const off = (): Promise<void> => (current === null ? Promise.resolve() : switchOff(current));
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
    heard: (bytes) => read(bytes).forEach((text) => current?.witness.heard(text)),
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
  const { node, observe, stageKnown } = options;
  const firmware = (shows: 'reset' | 'banner'): void => works.firmware(shows);
  const { isHeardElsewhere = false } = node;
  const witness = openWitness({ node: node.node, observe, stageKnown, isHeardElsewhere, firmware });
  const { media } = works;
  const said = (bytes: Buffer): void => works.said(bytes);
  try {
    const session = await openSession({ ...options, bootDevice: device, media, said, witness }, signal);
    return { session, witness, giveSlotBack };
  } catch (thrown) {
    giveSlotBack();
    throw thrown;
  }
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
