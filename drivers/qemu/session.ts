import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Drive } from '../../core/ports/machine-room.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { killProcess } from '../process/alive.js';
import { aborted } from '../system-clock/pause.js';
import { describeEnding, faultOfEnding, type Ending } from './ending.js';
import { attach, startLasting, type Lasting } from './lasting-qemu.js';
import type { Accelerator, GuestTime, QemuNode } from './node.js';
import type { Monitor } from './qmp.js';
import { statusOf, tellStop, type RunningQemu } from './running-qemu.js';
import { startTethered } from './tethered-qemu.js';
import type { RunningRecord } from './unit-record.js';
import type { Witness } from './witness.js';

/** How long a QEMU that was told to quit may take to write out its disks; then it is killed. */
const QUIT_LIMIT_MS = 2_000;

export interface SessionOptions {
  readonly node: QemuNode;
  readonly bootDevice: BootDevice;
  readonly accelerator: Accelerator;
  readonly guestTime: GuestTime;
  readonly clock: Clock;
  readonly witness: Witness;
  readonly media: ReadonlyMap<Drive, string>;
  /** The guest's serial console said something. */
  readonly said: (bytes: Buffer) => void;
  readonly consoleDirectory: string;
  readonly monitorPath: string;
  readonly greeted: (version: string) => void;
  /** Where it is found again when we are gone; null for one that ends with us. */
  readonly lasting: Lasting | null;
}

/** One power-on of one node: a QEMU process from its start to its end. */
export interface Session {
  /** Comes when the process is gone, its console is in the log and the witness has told it. Never rejects. */
  readonly ended: Promise<void>;
  /** Asks its monitor for something. @throws FaultError QMU-002, QMU-003, QMU-005, QMU-008 */
  execute(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** To the guest's serial console. */
  type(bytes: Uint8Array): void;
  /** Asks QEMU itself, so it also shows whether that still lives. @throws FaultError QMU-002, QMU-003, QMU-008 */
  status(): Promise<string>;
  /** Quits, then kills: comes when the process is gone. */
  quit(): Promise<void>;
}

/**
 * Starts QEMU with its guest held, shakes hands, says that power is on, and only then lets the guest go: nothing that
 * the guest does can be seen before its power-on.
 *
 * @throws FaultError HOST-001, HOST-002, QMU-001 (died at once), QMU-002, QMU-003, QMU-005, QMU-006, QMU-007, QMU-012,
 *   QMU-015
 * @throws DOMException AbortError when the signal was aborted; then nothing runs any more
 */
export async function openSession(options: SessionOptions, signal: AbortSignalLike): Promise<Session> {
  const { lasting } = options;
  const qemu = lasting === null ? await startTethered(options) : await startLasting(options, lasting);
  const giveUp = (): void => qemu.kill();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    const monitor = await Promise.race([qemu.connected, qemu.ended.then((ending) => diedAtOnce(options, ending))]);
    options.greeted(monitor.version);
    options.witness.poweredOn();
    await monitor.execute('cont');
    if (signal.aborted) throw aborted();
    return sessionOf(options, qemu, monitor);
  } catch (thrown) {
    giveUp();
    const ending = await qemu.ended;
    if (signal.aborted) throw aborted();
    // A monitor that closed is how the end of the process is seen first.
    if (faultOf(thrown)?.code === 'QMU-008') diedAtOnce(options, ending);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/**
 * Becomes the session of a QEMU that an earlier process of ours has started.
 * @returns null for one whose guest was never let go: its power-on was not over, and is undone
 * @throws FaultError QMU-002, QMU-003, QMU-005, QMU-008, QMU-015; it is killed then
 */
export async function takeOverSession(
  options: SessionOptions,
  { lasting, running }: TakeOver,
): Promise<Session | null> {
  try {
    const qemu = await attach(options, lasting.place, running);
    const monitor = await qemu.connected;
    const isHeld = (await statusOf(monitor)) === 'prelaunch';
    if (isHeld) {
      qemu.kill();
      await qemu.ended;
      return null;
    }
    options.greeted(monitor.version);
    await lasting.plug(false);
    await tellStop(options, monitor);
    return sessionOf(options, qemu, monitor);
  } catch (thrown) {
    killProcess(running);
    throw thrown;
  }
}

export interface TakeOver {
  readonly lasting: Lasting;
  readonly running: RunningRecord;
}

function sessionOf(options: SessionOptions, qemu: RunningQemu, monitor: Monitor): Session {
  return {
    ended: qemu.ended.then((ending) => tellEnding(options, ending)),
    execute: (command, parameters) => monitor.execute(command, parameters),
    type: (bytes) => qemu.type(bytes),
    status: () => statusOf(monitor),
    quit: () => quit(qemu, monitor, options.clock),
  };
}

function diedAtOnce({ node: { node }, witness }: SessionOptions, ending: Ending): never {
  throw new FaultError(faultOfEnding(node, witness.stage(), ending));
}

function tellEnding({ node: { node }, witness }: SessionOptions, ending: Ending): void {
  witness.ended(faultOfEnding(node, witness.stage(), ending), describeEnding(ending));
}

async function quit(qemu: RunningQemu, monitor: Monitor, clock: Clock): Promise<void> {
  const timer = clock.setTimer(QUIT_LIMIT_MS, () => qemu.kill());
  // Whatever becomes of the command, the process's end is what counts.
  monitor.execute('quit').catch(() => qemu.kill());
  await qemu.ended;
  timer.cancel();
}
