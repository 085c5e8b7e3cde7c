import { resolve } from 'node:path';
import { withDeadlines } from '../../core/effects/deadline.js';
import type { PromiseEdge } from '../../core/effects/promised.js';
import { route } from '../../core/effects/route.js';
import { withoutLifecycle } from '../../core/effects/unoffered.js';
import type { Said } from '../../core/bus/topics.js';
import { faultOf, type Fault } from '../../core/faults/fault.js';
import { machineId } from '../../core/ids.js';
import type { Append, Entry } from '../../core/journal/entry.js';
import { compiledSteppers } from '../../core/machines/steppers.js';
import type { EvidenceLog } from '../../core/observe/evidence-log.js';
import type { Plan } from '../../core/scenario/plan.js';
import type { RackState } from '../../core/site/rack-state.js';
import type { SiteNode } from '../../core/site/site.js';
import type { systemClock } from '../../drivers/system-clock/system-clock.js';
import { engineOf, handlersOf } from '../compose/emulated-engine.js';
import { lastKnown } from '../compose/last-known.js';
import type { KeptWorld } from './keep.js';
import type { KeptRack } from './kept-rack.js';
import { RackDesk } from './rack-desk.js';

export interface LiveEmulatedParts {
  readonly name: string;
  readonly plan: Plan;
  /** What an earlier process wrote of this run; none: it begins. */
  readonly earlier: readonly Entry[];
  readonly append: Append;
  /** Goes on where the earlier entries end. */
  readonly clock: ReturnType<typeof systemClock>;
  readonly log: EvidenceLog;
  readonly rack: KeptRack;
  readonly noted: (fault: Fault) => void;
  /** Nothing of it runs any more. */
  readonly closed: (wasEnded: boolean) => void;
}

/**
 * An emulated rack that stays up: machines over QEMU nodes. A node waits, switched off, until somebody switches it on,
 * be it over the bus or over its BMC: its machines see either. Where a journal goes on, the machines stand as it leaves
 * them, and nodes that were on and are not any more are switched on again: that they boot anew is seen, and told.
 */
export class LiveEmulated implements KeptWorld {
  readonly places: RackState;
  readonly #parts: LiveEmulatedParts;
  readonly #desk: RackDesk;
  readonly #recovered: ReturnType<typeof engineOf>;
  readonly #steppers = compiledSteppers();
  readonly #over: Promise<void>;
  #end: () => void = () => {};
  #fail: (bug: unknown) => void = () => {};
  #isOver = false;
  #closing: Promise<void> | null = null;

  constructor(parts: LiveEmulatedParts) {
    this.#parts = parts;
    const { name, plan, clock, append, log, rack, earlier } = parts;
    this.#over = new Promise((end, reject) => {
      this.#end = end;
      this.#fail = reject;
    });
    // It may fail before anybody waits for it.
    this.#over.catch(() => {});
    this.places = { version: 1, pid: process.pid, site: resolve(plan.site.file), ...rack.room.places };
    const edge: PromiseEdge = { clock, newAbort: () => new AbortController(), onBug: (bug) => this.#fail(bug) };
    const lifecycle = () => withoutLifecycle(clock);
    const perform = withDeadlines(clock, route(handlersOf({ clock, log, hands: rack.hands, lifecycle }, edge)));
    this.#recovered = engineOf(
      { earlier, steppers: this.#steppers },
      { clock, append, perform, onEntered: (...entered) => this.#desk.entered(...entered) },
    );
    this.#desk = new RackDesk({
      rack: name,
      nodes: plan.nodes,
      clock,
      append,
      mishaps: rack.opened.mishaps,
      engine: () => this.#recovered.engine,
      onPace: null,
      onDown: () => {
        this.#isOver = true;
        this.#end();
      },
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  now(): number {
    return this.#parts.clock.now();
  }

  judge(said: Said): Fault | null {
    return this.#desk.judge(said);
  }

  act(said: Said): void {
    this.#desk.act(said);
  }

  begin(catchUp: () => void): void {
    const { earlier, plan } = this.#parts;
    const { engine } = this.#recovered;
    const started = new Set(earlier.flatMap((entry) => (entry.entry === 'started' ? [entry.machine] : [])));
    this.#desk.breakAgain(earlier);
    for (const { id } of plan.nodes) this.#putBack(id);
    this.#recovered.begin();
    const { node, boot } = this.#steppers;
    for (const { id } of plan.nodes) {
      const [nodeMachine, bootMachine] = [machineId('node', id), machineId('boot', id)];
      if (!started.has(nodeMachine)) engine.start(nodeMachine, node, { node: id });
      if (!started.has(bootMachine)) engine.start(bootMachine, boot, { node: id, deadlines_ms: plan.deadlines });
    }
    this.#desk.resume(earlier);
    catchUp();
  }

  untilOver(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
    return this.#over;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // First of all: what ends now ends because of us, and that is no news.
    this.#recovered.engine.stop();
    this.#desk.stop();
    await this.#parts.rack[Symbol.asyncDispose]();
    this.#parts.closed(this.#isOver);
  }

  #putBack(id: SiteNode['id']): void {
    const { earlier, rack, noted } = this.#parts;
    const { isOn, device } = lastKnown(earlier, id);
    if (!isOn) return;
    rack.putBack(id, device).catch((thrown: unknown) => {
      const fault = faultOf(thrown);
      if (fault === null) this.#fail(thrown);
      else noted(fault);
    });
  }
}
