import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import { unreachable } from '../../core/unreachable.js';
import { qmpCommand, qmpReader, type QmpMessage } from './qmp-codec.js';

/**
 * Eight nodes that booted at once on two loaded cores took 0.4 s for the handshake and 65 ms for an answer at worst
 * (measured). What stays quiet for so long is stopped or hangs.
 */
export const MONITOR_LIMIT_MS = 10_000;

export interface Monitor {
  /** `7.2.22` */
  readonly version: string;
  /**
   * @returns what QEMU returned
   * @throws FaultError QMU-002 (no answer in time), QMU-003 (no QMP), QMU-005 (refused), QMU-008 (monitor closed)
   */
  execute(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

export interface MonitorOptions {
  readonly node: NodeId;
  readonly clock: Clock;
  readonly limit_ms?: number;
  /** Called for each event after the handshake. @see QEMU QMP reference, "Events" */
  readonly onEvent: (name: string, data: Readonly<Record<string, unknown>>) => void;
}

/**
 * Speaks QMP on a connected stream: greeting, capabilities, then commands and events as they come.
 * @throws FaultError QMU-002, QMU-003, QMU-005, QMU-008
 */
export async function openMonitor(stream: Duplex, options: MonitorOptions): Promise<Monitor> {
  const calls = pendingCalls(options);
  const greeting = calls.add(GREETING_ID, 'the greeting');
  const read = qmpReader();
  let nextId = 1;
  const fail = (fault: Fault): void => {
    calls.failAll(fault);
    stream.destroy();
  };
  stream.on('data', (bytes: Buffer) => {
    for (const message of read(bytes)) dispatch(message, { calls, options, fail });
  });
  // What went wrong with the stream is told by its end: the calls that wait for an answer get QMU-008.
  stream.on('error', () => {});
  stream.once('close', () => calls.close());
  const execute: Monitor['execute'] = (command, parameters) => {
    const id = nextId++;
    const answer = calls.add(id, command);
    if (stream.writable) stream.write(qmpCommand(id, command, parameters));
    return answer;
  };
  const version = String(await greeting);
  await execute('qmp_capabilities');
  return { version, execute, close: () => void stream.destroy() };
}

/** Not an id of ours: commands count from 1. */
const GREETING_ID = 0;

interface Conversation {
  readonly calls: PendingCalls;
  readonly options: MonitorOptions;
  readonly fail: (fault: Fault) => void;
}

function dispatch(message: QmpMessage, { calls, options, fail }: Conversation): void {
  switch (message.kind) {
    case 'greeting':
      return calls.done(GREETING_ID, message.version);
    case 'return':
      return calls.done(message.id, message.value);
    case 'error':
      if (message.id === null) return fail(garbled(options, `${message.class}: ${message.description}`));
      return calls.refused(message.id, `${message.class}: ${message.description}`);
    case 'event':
      return options.onEvent(message.name, message.data);
    case 'garbage':
      return fail(garbled(options, message.text));
    default:
      return unreachable(message);
  }
}

function garbled({ node }: MonitorOptions, text: string): Fault {
  return { code: 'QMU-003', kind: 'monitor.garbage', node, text };
}

interface PendingCalls {
  add(id: number, command: string): Promise<unknown>;
  done(id: number, value: unknown): void;
  refused(id: number, why: string): void;
  failAll(fault: Fault): void;
  /** Nothing will be answered any more, neither what waits nor what is asked from now on. */
  close(): void;
}

interface Call {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: FaultError) => void;
  readonly timer: Timer;
}

function pendingCalls({ node, clock, limit_ms = MONITOR_LIMIT_MS }: MonitorOptions): PendingCalls {
  const calls = new Map<number, Call>();
  let isClosed = false;
  const take = (id: number): Call | undefined => {
    const call = calls.get(id);
    call?.timer.cancel();
    calls.delete(id);
    return call;
  };
  const failEach = (faultOf: (call: Call) => Fault): void => {
    for (const [id, call] of calls) take(id)?.reject(new FaultError(faultOf(call)));
  };
  const closed = (command: string): Fault => ({ code: 'QMU-008', kind: 'monitor.closed', node, command });
  const late = (command: string): Fault => ({
    code: 'QMU-002',
    kind: 'qemu.silent',
    node,
    command,
    waited_ms: limit_ms,
  });
  return {
    add(id, command) {
      if (isClosed) return Promise.reject(new FaultError(closed(command)));
      return new Promise((resolve, reject) => {
        const timer = clock.setTimer(limit_ms, () => take(id)?.reject(new FaultError(late(command))));
        calls.set(id, { command, resolve, reject, timer });
      });
    },
    done: (id, value) => take(id)?.resolve(value),
    refused(id, why) {
      const call = take(id);
      call?.reject(new FaultError({ code: 'QMU-005', kind: 'monitor.refused', node, command: call.command, why }));
    },
    failAll: (fault) => failEach(() => fault),
    close() {
      isClosed = true;
      failEach((call) => closed(call.command));
    },
  };
}
