import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError } from '../../core/faults/fault.js';
import { commandLineOf, isRunning, killProcess, processStart } from '../process/alive.js';
import { requireProgram } from '../process/program.js';
import { runProcess } from '../process/run.js';
import { pause } from '../system-clock/pause.js';
import { qemuArgv, QEMU } from './argv.js';
import { consoleLog } from './node.js';
import { keyedReader } from './console.js';
import { followFile, type FollowedFile } from './follow-file.js';
import { watchQemu, type RunningQemu } from './running-qemu.js';
import type { SessionOptions } from './session.js';
import type { UnitPlace } from './unit-place.js';
import type { RunningRecord } from './unit-record.js';

/** What it takes to hold a QEMU that outlives us. */
export interface Lasting {
  readonly place: UnitPlace;
  /** Joins its NICs to the wire; `isNew` at a power-on, with the guest still held. */
  readonly plug: (isNew: boolean) => Promise<void>;
  /** It runs: from now on it is found again. */
  readonly began: (running: RunningRecord) => void;
}

/** A process is gone some ms after its sockets have closed; a large guest's memory takes the kernel longest. */
const GOING_LIMIT_MS = 2_000;
const GOING_STEP_MS = 5;

/**
 * Starts a QEMU that leaves us, with its guest held. That it has come back from `-daemonize` says that its sockets are
 * there: nobody tries until they are.
 *
 * @throws FaultError HOST-001, HOST-002, QMU-001, QMU-006, QMU-015
 */
export async function startLasting(options: SessionOptions, lasting: Lasting): Promise<RunningQemu> {
  const { node, consoleDirectory, media } = options;
  const { place } = lasting;
  const log = resolve(consoleDirectory, consoleLog(node));
  const argv = qemuArgv(node, { ...options, own: { place, log } });
  requireProgram(QEMU);
  place.clear();
  const logFrom_bytes = sizeOf(log);
  const { exitCode, signal, errorTail } = await runProcess({ argv });
  const pid = place.pid();
  if (exitCode !== 0 || pid === null) {
    const text = errorTail === '' ? place.errorTail() : errorTail;
    throw new FaultError({ code: 'QMU-001', kind: 'qemu.died', node: node.node, exitCode, signal, text });
  }
  const running = { pid, start: processStart(pid), log, logFrom_bytes, media: Object.fromEntries(media) };
  lasting.began(running);
  try {
    const qemu = await attach(options, place, running);
    await lasting.plug(true);
    return qemu;
  } catch (thrown) {
    killProcess(running);
    throw thrown;
  }
}

/**
 * Becomes the holder of a QEMU that runs. Its console is read from the power-on, so that nothing of it is missing.
 * @throws FaultError QMU-015 when it cannot be reached
 */
export async function attach(options: SessionOptions, place: UnitPlace, running: RunningRecord): Promise<RunningQemu> {
  const { clock, node } = options;
  const stream = await connectTo(place.monitor, node.node);
  const line = await connectTo(place.console, node.node).catch((thrown: unknown) => {
    stream.destroy();
    throw thrown;
  });
  const closed = Promise.all([closeOf(stream), closeOf(line)]);
  // What is printed is read from the log, which holds all of it; here it must only not stand in QEMU's way.
  line.resume();
  const watched = watchQemu(options, Promise.resolve(stream));
  const log = readLog(running, options, { sign: watched.liveness.sign, type: (key) => line.write(key) });
  const ended = closed.then(async () => {
    watched.liveness.stop();
    await gone(running, clock);
    log.finish();
    // Nobody's child: how it ended is told to nobody, only what it said itself.
    return { reason: watched.reason(), exitCode: null, signal: null, errorTail: place.errorTail() };
  });
  return {
    connected: watched.connected,
    ended,
    type: (bytes) => void line.write(bytes),
    kill: () => killProcess(running),
  };
}

interface Ear {
  readonly sign: () => void;
  readonly type: (key: string) => void;
}

/** To the witness all that was printed since the power-on; to whoever looks at the console only what is new. */
export function readLog(
  { log, logFrom_bytes }: RunningRecord,
  { witness, said }: SessionOptions,
  { sign, type }: Ear,
): FollowedFile {
  let isLive = false;
  const read = keyedReader({
    onText: (text) => witness.consoleText(text),
    sendKey: (key) => {
      if (isLive) type(key);
    },
  });
  const followed = followFile(log, logFrom_bytes, (bytes) => {
    if (isLive) said(bytes);
    sign();
    read(bytes);
  });
  isLive = true;
  witness.caughtUp();
  return followed;
}

/** A QEMU that was started, and its starter killed before it was written down: it holds its guest still. */
export function endForgotten(place: UnitPlace): void {
  const pid = place.pid();
  const isIts = pid !== null && commandLineOf(pid).some((word) => word.includes(place.monitor));
  if (pid !== null && isIts) killProcess({ pid, start: processStart(pid) });
  place.clear();
}

/** @throws FaultError QMU-015 */
function connectTo(path: string, node: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    // An error is an end like any other; 'close' follows it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      reject(new FaultError({ code: 'QMU-015', kind: 'qemu.unreachable', node, path, why }, error));
    });
    socket.once('connect', () => resolve(socket));
  });
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((done) => void socket.once('close', () => done()));
}

/** Its sockets are closed before it is gone. */
async function gone(running: RunningRecord, clock: Clock): Promise<void> {
  const { signal } = new AbortController();
  for (let waited_ms = 0; waited_ms < GOING_LIMIT_MS && isRunning(running); waited_ms += GOING_STEP_MS)
    await pause(clock, GOING_STEP_MS, signal);
  killProcess(running);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
