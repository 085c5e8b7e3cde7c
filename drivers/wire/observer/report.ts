import type { Observe, Stage } from '../../../core/evidence.js';
import { says, type Fault } from '../../../core/faults/fault.js';
import type { NodeId } from '../../../core/ids.js';

/** What was told of one boot of one node: each stage and each trouble once. */
export class Report {
  readonly #node: NodeId;
  readonly #observe: Observe;
  readonly #told = new Set<string>();

  constructor(node: NodeId, observe: Observe) {
    this.#node = node;
    this.#observe = observe;
  }

  hasReached(stage: Stage): boolean {
    return this.#told.has(stage);
  }

  /** These were told by somebody else. */
  passOver(stages: ReadonlySet<Stage>): void {
    for (const stage of stages) this.#told.add(stage);
  }

  reach(stage: Stage, what: string): void {
    if (this.#isNew(stage)) this.#observe({ kind: 'reached', node: this.#node, source: 'wire', stage, what });
  }

  trouble(fault: Fault): void {
    const what = says(fault);
    if (this.#isNew(what)) this.#observe({ kind: 'trouble', node: this.#node, source: 'wire', what, fault });
  }

  #isNew(key: string): boolean {
    if (this.#told.has(key) || this.#told.size >= MOST_TOLD) return false;
    this.#told.add(key);
    return true;
  }
}

/** A node that makes up file and target names without end must not fill the memory. */
const MOST_TOLD = 256;

/** What a stranger sent, fit for one line on a terminal: printable ASCII, at most 120 characters. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
}
