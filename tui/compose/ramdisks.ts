import { FaultError, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { AbortSignalLike } from '../../core/ports/power.js';
import type { DeployEvent } from '../../drivers/wire/services/deploy/events.js';
import type { DeployStep } from '../../drivers/wire/services/deploy/plan.js';

/** A ramdisk's last word about a step. */
export type StepEnd = Extract<DeployEvent, { readonly kind: 'bootable' | 'unbootable' | 'defaulted' | 'wiped' }>;

interface Job {
  readonly step: DeployStep;
  readonly ended: Promise<StepEnd>;
  readonly resolve: (end: StepEnd) => void;
  readonly reject: (error: FaultError) => void;
}

/** What the ramdisks that wait on mesh nodes are asked to do, and what they say of it. */
export class Ramdisks {
  readonly #add: (node: NodeId, step: DeployStep) => number | null;
  /** Of each node that has called back since it last booted: what is not done, by its step's number. */
  readonly #jobs = new Map<NodeId, Map<number, Job>>();

  /** @param add gives the node's ramdisk one more step, and says its number; null where no ramdisk takes any */
  constructor(add: (node: NodeId, step: DeployStep) => number | null) {
    this.#add = add;
  }

  /** @throws FaultError DPL-006 where no ramdisk waits on the node */
  require(node: NodeId): void {
    if (!this.#jobs.has(node)) throw absent(node);
  }

  isDoing(node: NodeId, step: DeployStep): boolean {
    return this.#current(node, step) !== undefined;
  }

  /** Has the step done, and waits for that for as long as it is wanted. */
  do(node: NodeId, step: DeployStep, signal: AbortSignalLike): Promise<StepEnd> {
    return whileWanted(this.begin(node, step), signal);
  }

  /**
   * Has the step done. The same step that is being done already, for somebody who waits no longer, is not begun again.
   * @throws FaultError DPL-005 when the ramdisk says that it failed, DPL-006 where none waits on the node
   */
  begin(node: NodeId, step: DeployStep): Promise<StepEnd> {
    const current = this.#current(node, step);
    if (current !== undefined) return current.ended;
    const jobs = this.#jobs.get(node);
    const number = jobs === undefined ? null : this.#add(node, step);
    if (number === null) return Promise.reject(absent(node));
    const job = newJob(step);
    jobs?.set(number, job);
    return job.ended;
  }

  take(event: DeployEvent): void {
    const { node } = event;
    switch (event.kind) {
      case 'scriptFetched':
      case 'done':
        return this.#end(node, absent(node));
      case 'calledBack':
        this.#jobs.set(node, new Map());
        return;
      case 'failed': {
        const { what, text } = event;
        return this.#end(node, new FaultError({ code: 'DPL-005', kind: 'ramdisk.failed', node, what, text }));
      }
      case 'bootable':
      case 'unbootable':
      case 'defaulted':
      case 'wiped':
        return this.#settle(event);
      case 'laidOut':
      case 'progress':
      case 'written':
      case 'refused':
    }
  }

  /** The last thing that the ramdisk was given, if it is not done and is this. */
  #current(node: NodeId, step: DeployStep): Job | undefined {
    const last = [...(this.#jobs.get(node)?.values() ?? [])].at(-1);
    return last !== undefined && isSame(last.step, step) ? last : undefined;
  }

  #settle(end: StepEnd): void {
    const jobs = this.#jobs.get(end.node);
    jobs?.get(end.step)?.resolve(end);
    jobs?.delete(end.step);
  }

  #end(node: NodeId, error: FaultError): void {
    const jobs = this.#jobs.get(node) ?? new Map<number, Job>();
    this.#jobs.delete(node);
    for (const job of jobs.values()) job.reject(error);
  }
}

function newJob(step: DeployStep): Job {
  let resolve: Job['resolve'] = () => {};
  let reject: Job['reject'] = () => {};
  const ended = new Promise<StepEnd>((wanted, unwanted) => {
    resolve = wanted;
    reject = unwanted;
  });
  // Those who waited for it may all have gone.
  ended.catch(() => {});
  return { step, ended, resolve, reject };
}

function isSame(one: DeployStep, other: DeployStep): boolean {
  if (one.kind !== other.kind || one.slot !== other.slot) return false;
  return one.kind !== 'write' || other.kind !== 'write' || one.sha256 === other.sha256;
}

function absent(node: NodeId): FaultError {
  return new FaultError({ code: 'DPL-006', kind: 'ramdisk.absent', node } satisfies Fault);
}

/** The ramdisk goes on with what nobody waits for any more. */
export function whileWanted<T>(ended: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(new Error('nobody waits for it any more'));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    ended.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
