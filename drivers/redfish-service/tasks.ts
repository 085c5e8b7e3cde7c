import { faultOf, says } from '../../core/faults/fault.js';

export type TaskState = 'Running' | 'Completed' | 'Exception';

export interface Task {
  readonly id: string;
  readonly name: string;
  readonly state: TaskState;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** What went wrong, for a person; null where nothing did. */
  readonly trouble: string | null;
}

/** Finished ones beyond it are forgotten, the oldest first. */
const MOST_TASKS = 32;

/** What takes the BMC a while, so that a client can ask how it went. */
export class Tasks {
  readonly #byId = new Map<string, Task>();
  #made = 0;

  readonly #wall: () => string;

  constructor(wall: () => string) {
    this.#wall = wall;
  }

  /** @param work what is under way; its failure becomes the task's */
  follow(name: string, work: Promise<void>): string {
    this.#made += 1;
    const id = String(this.#made);
    const task: Task = { id, name, state: 'Running', startedAt: this.#wall(), endedAt: null, trouble: null };
    this.#byId.set(id, task);
    void work.then(
      () => this.#end(task, null),
      (thrown: unknown) => this.#end(task, troubleOf(thrown)),
    );
    return id;
  }

  get(id: string): Task | null {
    return this.#byId.get(id) ?? null;
  }

  all(): readonly Task[] {
    return [...this.#byId.values()];
  }

  #end(task: Task, trouble: string | null): void {
    const state = trouble === null ? 'Completed' : 'Exception';
    this.#byId.set(task.id, { ...task, state, endedAt: this.#wall(), trouble });
    const ended = this.all().filter(({ endedAt }) => endedAt !== null);
    for (const { id } of ended.slice(0, Math.max(0, this.#byId.size - MOST_TASKS))) this.#byId.delete(id);
  }
}

/** A Fault in its words. What else was thrown is a bug of ours, whose text is nobody else's business. */
export function troubleOf(thrown: unknown): string {
  const fault = faultOf(thrown);
  return fault === null ? 'The service has failed at it.' : says(fault);
}
