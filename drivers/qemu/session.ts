import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { FaultError, faultOf } from '../../core/faults/fault.js';
import type { BootDevice } from '../../core/ports/boot-device.js';
import type { Drive } from '../../core/ports/machine-room.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import { requireProgram } from '../process/program.js';
import { startProcess, type RunningProcess } from '../process/start.js';
import { aborted } from '../system-clock/pause.js';
import { qemuArgv, QEMU } from './argv.js';
import { openConsole } from './console.js';
import { describeEnding, faultOfEnding, type Ending } from './ending.js';
import { watchLiveness } from './liveness.js';
import { listenForMonitor } from './monitor-socket.js';
import type { Accelerator, GuestTime, QemuNode } from './node.js';
import { isRecord } from './qmp-codec.js';
import { openMonitor, type Monitor } from './qmp.js';
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
 * @throws FaultError HOST-001, HOST-002, QMU-001 (died at once), QMU-002, QMU-003, QMU-005, QMU-006, QMU-007, QMU-012
 * @throws DOMException AbortError when the signal was aborted; then nothing runs any more
 */
export async function openSession(options: SessionOptions, signal: AbortSignalLike): Promise<Session> {
  await checkWires(options.node);
  const { child, connected, ended } = await startQemu(options);
  const giveUp = (): void => child.kill('SIGKILL');
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const monitor = await Promise.race([connected, ended.then((ending) => diedAtOnce(options, ending))]);
    options.greeted(monitor.version);
    options.witness.poweredOn();
    await monitor.execute('cont');
    if (signal.aborted) throw aborted();
    return {
      ended: ended.then((ending) => tellEnding(options, ending)),
      execute: (command, parameters) => monitor.execute(command, parameters),
      type: (bytes) => child.write(bytes),
      status: () => statusOf(monitor),
      quit: () => quit(child, monitor, options.clock),
    };
  } catch (thrown) {
    giveUp();
    const ending = await ended;
    if (signal.aborted) throw aborted();
    // A monitor that closed is how the end of the process is seen first.
    if (faultOf(thrown)?.code === 'QMU-008') diedAtOnce(options, ending);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** QEMU itself boots on with the link down when nobody is there, and says nothing. */
async function checkWires({ node, nics }: QemuNode): Promise<void> {
  for (const { wirePath: path } of nics) {
    const isSocket = await stat(path).then(
      (found) => found.isSocket(),
      () => false,
    );
    if (!isSocket) throw new FaultError({ code: 'QMU-012', kind: 'wire.absent', node, path });
  }
}

interface StartedQemu {
  readonly child: RunningProcess;
  readonly connected: Promise<Monitor>;
  readonly ended: Promise<Ending>;
}

async function startQemu(options: SessionOptions): Promise<StartedQemu> {
  const { node, clock, witness, consoleDirectory, monitorPath } = options;
  const argv = qemuArgv(node, options);
  // Asked before anything is opened that would have to be closed again.
  requireProgram(QEMU);
  const socket = await listenForMonitor(monitorPath);
  const log = openConsole({
    clock,
    // What is heard elsewhere has the node's own log there.
    path: join(consoleDirectory, node.isHeardElsewhere === true ? `${node.node}.qemu.log` : `${node.node}.log`),
    onText: (text) => witness.consoleText(text),
    sendKey: (key) => child.write(key),
    onFault: (fault) => witness.trouble(fault, 'the console log'),
  });
  const liveness = watchLiveness({
    clock,
    ask: async () => statusOf(await connected),
    onHang: (fault) => witness.ended(fault, 'QEMU shows no sign of life'),
  });
  const takeOutput = (bytes: Buffer): void => {
    liveness.sign();
    options.said(bytes);
    log.take(bytes);
  };
  const child = startProcess({ argv, input: 'pipe', onOutput: takeOutput });
  let reason: string | null = null;
  const connected = socket.connected.then((stream) =>
    openMonitor(stream, {
      node: node.node,
      clock,
      onEvent(name, data) {
        liveness.sign();
        if (name === 'SHUTDOWN') reason = String(data['reason']);
        if (name === 'RESET') witness.wasReset();
        if (name === 'STOP') void connected.then((monitor) => tellStop(options, monitor));
      },
    }),
  );
  // Whoever waits for it is told; when QEMU died first, nobody waits any more.
  connected.catch(() => {});
  const ended = child.ended.then(async (end) => {
    liveness.stop();
    // The last events may still be in the socket when the process is gone already.
    await socket.drained();
    await log.close();
    return { reason, exitCode: end.exitCode, signal: end.signal, errorTail: end.errorTail };
  });
  return { child, connected, ended };
}

function diedAtOnce({ node: { node }, witness }: SessionOptions, ending: Ending): never {
  throw new FaultError(faultOfEnding(node, witness.stage(), ending));
}

function tellEnding({ node: { node }, witness }: SessionOptions, ending: Ending): void {
  witness.ended(faultOfEnding(node, witness.stage(), ending), describeEnding(ending));
}

/** QEMU stops a guest that it cannot run on: `internal-error` is the accelerator's, `io-error` a disk's. */
async function tellStop({ node: { node }, witness }: SessionOptions, monitor: Monitor): Promise<void> {
  try {
    const status = await statusOf(monitor);
    const isOver = status === 'internal-error' || status === 'io-error' || status === 'guest-panicked';
    if (isOver) witness.ended({ code: 'QMU-004', kind: 'qemu.stopped', node, status }, `QEMU says ${status}`);
  } catch (thrown) {
    const fault = faultOf(thrown);
    if (fault === null) throw thrown;
    witness.trouble(fault, 'QEMU stopped its guest');
  }
}

/** @see QEMU QMP reference, query-status, RunState */
async function statusOf(monitor: Monitor): Promise<string> {
  const answer = await monitor.execute('query-status');
  return isRecord(answer) ? String(answer['status']) : 'unknown';
}

async function quit(child: RunningProcess, monitor: Monitor, clock: Clock): Promise<void> {
  const timer = clock.setTimer(QUIT_LIMIT_MS, () => child.kill('SIGKILL'));
  // Whatever becomes of the command, the process's end is what counts.
  monitor.execute('quit').catch(() => child.kill('SIGKILL'));
  await child.ended;
  timer.cancel();
}
