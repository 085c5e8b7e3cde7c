import { execa } from 'execa';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { requireProgram } from './program.js';
import { killGroup, openRegistry, registerGroup, sweepGroup } from './registry.js';
import { GATE_DESCRIPTOR, GATE_OPENS, tetheredArgv } from './tether.js';

/** How much of the end of stderr is kept for messages. */
const ERROR_TAIL_BYTES = 4096;

export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  /** Added to our own environment; secrets travel here, never in argv. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** `pipe` keeps stdin open for `write`; a number is a descriptor of ours to read from; else it is /dev/null. */
  readonly input?: 'pipe' | 'none' | number;
  /** A descriptor of ours that stdout goes to. */
  readonly output?: number;
  /**
   * Raw bytes of stdout as they come; without it stdout goes to /dev/null. Where it returns a promise, nothing more is
   * read until that is settled, so that a program that is faster than its reader waits instead of filling our memory.
   */
  readonly onOutput?: (bytes: Buffer) => void | Promise<void>;
  /** Each line of stdout without its end, as it comes; the last one also where its end is missing. */
  readonly onLine?: (line: string) => void;
  /** Raw bytes of stderr as they come; its end is kept for `errorTail` either way. */
  readonly onErrorOutput?: (bytes: Buffer) => void;
}

export interface ProcessEnd {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of stderr, at most 4 KiB. */
  readonly errorTail: string;
}

export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Never rejects; comes after the last byte of output was handed over, when the whole process group is gone. */
  readonly ended: Promise<ProcessEnd>;
  /** Queues bytes for its stdin; nothing happens when stdin is closed. */
  write(bytes: string | Uint8Array): void;
  /** Comes when what was written has left us but for what a pipe holds, or will never be read. */
  drained(): Promise<void>;
  closeInput(): void;
  /** Signals the whole process group. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a program in a process group of its own, which never outlives us.
 * @throws FaultError HOST-001 (not installed), HOST-002 (the system refused to start it)
 */
export function startProcess(request: ProcessRequest): RunningProcess {
  return started(request, { input: inputOf(request), keepsOutput: false }).running;
}

/**
 * Starts programs of which each reads what the one before writes: what passes between them is never ours. Only the
 * first one's `input` and the last one's output count.
 * @throws FaultError HOST-001 (not installed), HOST-002 (the system refused to start it)
 */
export function startChain(requests: readonly ProcessRequest[]): readonly RunningProcess[] {
  for (const { argv } of requests) requireProgram(argv[0]);
  const chain: Started[] = [];
  try {
    for (const [at, request] of requests.entries()) {
      const input = chain.at(-1)?.output ?? inputOf(request);
      chain.push(started(request, { input, keepsOutput: at < requests.length - 1 }));
    }
    return chain.map(({ running }) => running);
  } catch (thrown) {
    for (const { running } of chain) running.kill('SIGKILL');
    throw thrown;
  } finally {
    // Nothing was read from them, since we have not been back in the event loop. Were they ours too, no program would
    // see that the one behind it has ended.
    for (const { output } of chain.slice(0, -1)) output?.destroy();
  }
}

interface Ends {
  /** A stream: of another program, what it writes. */
  readonly input: 'pipe' | 'none' | Readable;
  readonly keepsOutput: boolean;
}

interface Started {
  readonly running: RunningProcess;
  readonly output: Readable | null;
}

/** execa takes a descriptor as a stream that has it; nothing is read from that by us. */
function inputOf({ input = 'none' }: ProcessRequest): Ends['input'] {
  return typeof input === 'number' ? createReadStream('', { fd: input, autoClose: false }) : input;
}

function outputOf({ output }: ProcessRequest): 'ignore' | Writable {
  return output === undefined ? 'ignore' : createWriteStream('', { fd: output, autoClose: false });
}

function started(request: ProcessRequest, ends: Ends): Started {
  const child = spawn(request, ends);
  const { pid } = child;
  if (pid === undefined) throw new FaultError(unstartable(request));
  let errorTail = Buffer.alloc(0);
  if (request.onOutput !== undefined && child.stdout !== null) readBytes(child.stdout, request.onOutput);
  if (request.onLine !== undefined && child.stdout !== null) readLines(child.stdout, request.onLine);
  child.stderr?.on('data', (bytes: Buffer) => {
    errorTail = Buffer.concat([errorTail, bytes]).subarray(-ERROR_TAIL_BYTES);
    request.onErrorOutput?.(bytes);
  });
  const input = openGate(child, { pid, staysOpen: ends.input === 'pipe' });
  // At 'exit', not 'close': a grandchild that holds stdout would keep 'close' away for as long as it lives.
  let isOver = false;
  child.once('exit', () => {
    isOver = true;
    sweepGroup(pid);
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (exitCode: number | null, signal: string | null) =>
      resolve({ exitCode, signal, errorTail: errorTail.toString('utf8').trim() }),
    );
  });
  const kill = (signal: NodeJS.Signals): void => {
    // Once reaped, the number may belong to somebody else's group.
    if (!isOver) killGroup(pid, signal);
  };
  const running: RunningProcess = {
    pid,
    ended,
    kill,
    write: (bytes) => void input.write(bytes),
    drained: () => drainOf(input),
    closeInput: () => void input.end(),
    async [Symbol.asyncDispose]() {
      kill('SIGKILL');
      await ended;
    },
  };
  return { running, output: child.stdout };
}

/** execa's own cleanup and buffering are off: both are ours to do, for whole process groups and in bounds. */
function spawn(request: ProcessRequest, { input, keepsOutput }: Ends) {
  const [program, ...rest] = request.argv;
  const isJoined = input !== 'pipe' && input !== 'none';
  const tether = { parent: process.pid, input: isJoined ? 'joined' : input } as const;
  const [file, ...words] = tetheredArgv([requireProgram(program), ...rest], tether);
  const isRead = keepsOutput || request.onOutput !== undefined || request.onLine !== undefined;
  const output = isRead ? 'pipe' : outputOf(request);
  openRegistry();
  return execa(file, words, {
    // A group of its own (setsid), so that one kill reaches grandchildren too, and a Ctrl-C reaches only us.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdio: [isJoined ? input : 'pipe', output, 'pipe', ...(isJoined ? (['pipe'] as const) : [])],
    ...(request.environment === undefined ? {} : { env: request.environment }),
    ...(request.directory === undefined ? {} : { cwd: request.directory }),
  });
}

/** In this order: the guard has been told before the program can start anything. */
function openGate(child: ReturnType<typeof spawn>, { pid, staysOpen }: { pid: number; staysOpen: boolean }): Writable {
  const gate = child.stdin ?? child.stdio[GATE_DESCRIPTOR];
  // A program that ends with its stdin open is no error of ours (EPIPE).
  gate.on('error', () => {});
  registerGroup(pid);
  gate.write(GATE_OPENS);
  if (!staysOpen) gate.end();
  return gate;
}

function unstartable({ argv: [program], directory }: ProcessRequest): Fault {
  const why = directory === undefined ? 'fork or exec failed' : `fork failed, or no folder ${directory}`;
  return { code: 'HOST-002', kind: 'program.unstartable', program, why };
}

function readBytes(stream: Readable, onOutput: NonNullable<ProcessRequest['onOutput']>): void {
  stream.on('data', (bytes: Buffer) => {
    const taken = onOutput(bytes);
    if (taken === undefined) return;
    stream.pause();
    const goOn = (): void => void stream.resume();
    taken.then(goOn, goOn);
  });
}

function drainOf(stream: Writable): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
