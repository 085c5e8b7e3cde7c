import type { AbortSignalLike } from '../../core/ports/power.js';
import { FaultError, type Fault } from '../../core/faults/fault.js';
import { assert } from '../../core/unreachable.js';
import {
  startChain,
  startProcess,
  type ProcessEnd,
  type ProcessRequest,
  type RunningProcess,
} from '../process/start.js';

/** Programs that work hand in hand: when one fails, or what we do with its output does, all are ended. */
export class Pipeline implements AsyncDisposable {
  readonly #children: RunningProcess[] = [];
  readonly #watches: Promise<void>[] = [];
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

  /** What went wrong so far; null: nothing. */
  get failure(): unknown {
    return this.#failure?.thrown ?? null;
  }

  /** Comes when all have ended, and `check` knows how. Never rejects. */
  async ended(): Promise<void> {
    await Promise.all(this.#watches);
  }

  /** Starts one of the programs. What its `onOutput` throws ends all of them. */
  start(request: ProcessRequest): RunningProcess {
    this.check();
    const child = startProcess(this.#guarded(request));
    this.#children.push(child);
    this.#watches.push(this.#watch(request, child, Promise.resolve()));
    return child;
  }

  /** Starts several of them, each reading what the one before writes. @returns the first */
  startChain(requests: readonly ProcessRequest[]): RunningProcess {
    this.check();
    const chain = startChain(requests);
    this.#children.push(...chain);
    let behind = Promise.resolve();
    for (const [at, child] of [...chain.entries()].reverse()) {
      const request = requests[at];
      assert(request !== undefined, 'a program was asked for');
      behind = this.#watch(request, child, behind);
      this.#watches.push(behind);
    }
    const [first] = chain;
    assert(first !== undefined, 'a chain has a program');
    return first;
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

  async #watch(request: ProcessRequest, child: RunningProcess, behind: Promise<void>): Promise<void> {
    const end = await child.ended;
    // One that fails in front only ends the input of those behind it; one that fails behind makes those in front fail.
    if (end.exitCode !== 0) await behind;
    this.#take(request, end);
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
