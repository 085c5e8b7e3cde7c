import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultError } from '../../core/faults/fault.js';
import { requireProgram } from '../process/program.js';
import { startProcess } from '../process/start.js';
import { qemuArgv, QEMU } from './argv.js';
import { openConsole } from './console.js';
import { listenForMonitor } from './monitor-socket.js';
import { consoleLog, type QemuNode } from './node.js';
import { watchQemu, type RunningQemu } from './running-qemu.js';
import type { SessionOptions } from './session.js';

/**
 * Starts a QEMU that ends when we do, with its guest held.
 * @throws FaultError HOST-001, HOST-002, QMU-006, QMU-007, QMU-012
 */
export async function startTethered(options: SessionOptions): Promise<RunningQemu> {
  const { node, clock, witness, consoleDirectory, monitorPath } = options;
  await checkWires(node);
  const argv = qemuArgv(node, options);
  // Asked before anything is opened that would have to be closed again.
  requireProgram(QEMU);
  const socket = await listenForMonitor(monitorPath);
  const log = openConsole({
    clock,
    path: join(consoleDirectory, consoleLog(node)),
    onText: (text) => witness.consoleText(text),
    sendKey: (key) => child.write(key),
    onFault: (fault) => witness.trouble(fault, 'the console log'),
  });
  const watched = watchQemu(options, socket.connected);
  const takeOutput = (bytes: Buffer): void => {
    watched.liveness.sign();
    options.said(bytes);
    log.take(bytes);
  };
  const child = startProcess({ argv, input: 'pipe', onOutput: takeOutput });
  const ended = child.ended.then(async (end) => {
    watched.liveness.stop();
    // The last events may still be in the socket when the process is gone already.
    await socket.drained();
    await log.close();
    const { exitCode, signal, errorTail } = end;
    return { reason: watched.reason(), exitCode, signal, errorTail };
  });
  return {
    connected: watched.connected,
    ended,
    type: (bytes) => child.write(bytes),
    kill: () => child.kill('SIGKILL'),
  };
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
