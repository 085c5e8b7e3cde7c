import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import {
  startJoined,
  startProcess,
  type ProcessEnd,
  type ProcessRequest,
  type RunningProcess,
} from '../process/start.js';

/** Programs that work hand in hand: when one fails, or what we do with its output does, all are ended. */
export class Pipeline implements AsyncDisposable {
  readonly #children: RunningProcess[] = [];
  readonly #signal: AbortSignalLike;
  readonly #onAbort = (): void => this.fail(interrupted());
  #failure: { readonly thrown: unknown } | null = null;

  constructor(signal: AbortSignalLike) {
    this.#signal = signal;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Starts one of the programs. What its `onOutput` throws ends all of them. */
  start(request: ProcessRequest): RunningProcess {
    this.check();
    const child = startProcess(this.#guarded(request));
    this.#children.push(child);
    void child.ended.then((end) => this.#take(request, end));
    return child;
  }

  /** Starts two of them, the second reading what the first writes. */
  startJoined(from: ProcessRequest, to: ProcessRequest): readonly [from: RunningProcess, to: RunningProcess] {
    this.check();
    const [writer, reader] = startJoined(from, this.#guarded(to));
    this.#children.push(writer, reader);
    void reader.ended.then((end) => this.#take(to, end));
    void writer.ended.then(async (end) => {
      // Nobody reads it any more: why not is the better reason, if there is one.
      if (end.signal === 'SIGPIPE') await reader.ended;
      this.#take(from, end);
    });
    return [writer, reader];
  }

  /** The first failure is the one that is told: the others follow from it. */
  fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** @throws what went wrong so far */
  check(): void {
    if (this.#failure !== null) throw this.#failure.thrown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    for (const child of this.#children) await child[Symbol.asyncDispose]();
  }

  #take({ argv: [program] }: ProcessRequest, { exitCode, errorTail }: ProcessEnd): void {
    if (exitCode !== 0) this.fail(new FaultError(toolFailed(program, errorTail)));
  }

  #guarded(request: ProcessRequest): ProcessRequest {
    const { onOutput } = request;
    if (onOutput === undefined) return request;
    const guarded = (bytes: Buffer): void | Promise<void> => {
      if (this.hasFailed) return undefined;
      try {
        return onOutput(bytes);
      } catch (thrown) {
        this.fail(thrown);
        return undefined;
      }
    };
    return { ...request, onOutput: guarded };
  }
}

export function interrupted(): FaultError {
  return new FaultError({ code: 'CLI-002', kind: 'interrupted' });
}

/** Programs say much; the line that names an error is what a person wants. */
function toolFailed(program: string, errorTail: string): Fault {
  const lines = errorTail.split(/[\r\n]+/).map((line) => line.trim());
  const said = lines.findLast((line) => /error|invalid|cannot|can't|fail|unsupported|corrupt|No such/i.test(line));
  const text = said ?? lines.findLast((line) => line !== '') ?? 'it said nothing';
  return { code: 'IMG-016', kind: 'tool.failed', program, said: text.slice(0, 200) };
}
