import { filterOf } from './filter.js';
import type { Model } from './model.js';
import type { NodeBoard, NodeFacts } from './node-facts.js';
import type { Sort } from './ui.js';

export interface RackChoice {
  readonly filter: string;
  readonly sort: Sort;
  readonly isReversed: boolean;
}

/** The rack's rows as they are filtered and sorted; made anew when something has changed. */
export class RackList {
  readonly #board: NodeBoard;
  #made: { readonly model: Model; readonly seq: number; readonly choice: RackChoice } | null = null;
  #rows: readonly NodeFacts[] = [];
  /** By the facts themselves: they are replaced when a node changes. */
  readonly #texts = new WeakMap<NodeFacts, string>();
  #counts: RackCounts = NO_COUNTS;

  constructor(board: NodeBoard) {
    this.#board = board;
  }

  rows(model: Model, choice: RackChoice): readonly NodeFacts[] {
    const made = this.#made;
    const isSame = made?.model === model && made.seq === model.seq && isSameChoice(made.choice, choice);
    if (isSame) return this.#rows;
    const { test } = filterOf(choice.filter);
    const all = this.#board.all(model);
    const chosen = choice.filter === '' ? all : all.filter((facts) => test(this.#textOf(facts)));
    const sorted = choice.sort === 'order' ? [...chosen] : chosen.toSorted(ORDERS[choice.sort]);
    this.#rows = choice.isReversed ? sorted.reverse() : sorted;
    this.#counts = countsOf(this.#rows);
    this.#made = { model, seq: model.seq, choice };
    return this.#rows;
  }

  /** How many of those rows are what. */
  counts(model: Model, choice: RackChoice): RackCounts {
    this.rows(model, choice);
    return this.#counts;
  }

  #textOf(facts: NodeFacts): string {
    const known = this.#texts.get(facts);
    if (known !== undefined) return known;
    const text = rackText(facts);
    this.#texts.set(facts, text);
    return text;
  }
}

export interface RackCounts {
  readonly shown: number;
  readonly moving: number;
  readonly failed: number;
  readonly up: number;
  readonly off: number;
}

const NO_COUNTS: RackCounts = { shown: 0, moving: 0, failed: 0, up: 0, off: 0 };

function countsOf(rows: readonly NodeFacts[]): RackCounts {
  const counts = { ...NO_COUNTS, shown: rows.length };
  for (const { moving, boot, power, node } of rows) {
    if (moving !== null) counts.moving += 1;
    else if (boot?.tone === 'bad' || node?.tone === 'bad') counts.failed += 1;
    else if (boot?.state === 'up') counts.up += 1;
    else if (power !== 'on') counts.off += 1;
  }
  return counts;
}

function isSameChoice(one: RackChoice, other: RackChoice): boolean {
  return one.filter === other.filter && one.sort === other.sort && one.isReversed === other.isReversed;
}

/** What a filter is held against: all words of a row. */
export function rackText({ id, world, power, node, boot, stage, deployment, image, place, fault }: NodeFacts): string {
  const where = place === null ? '' : place.kind === 'slot' ? `slot ${place.slot}` : `lun ${place.target ?? ''}`;
  const states = `${node?.state ?? ''} ${boot?.state ?? ''} ${stage} ${deployment?.state ?? ''}`;
  const trouble = fault === null ? '' : `${fault.fault.code} ${fault.fault.kind}`;
  return `${id} ${world} ${power} ${states} ${image ?? ''} ${where} ${trouble}`;
}

/** `root2` before `root10`. */
const COLLATOR = new Intl.Collator('en', { numeric: true });
const byText = (of: (facts: NodeFacts) => string) => (a: NodeFacts, b: NodeFacts) =>
  COLLATOR.compare(of(a), of(b)) || COLLATOR.compare(a.id, b.id);

const ORDERS: Readonly<Record<Exclude<Sort, 'order'>, (a: NodeFacts, b: NodeFacts) => number>> = {
  name: byText(({ id }) => id),
  state: byText(({ node }) => node?.state ?? ''),
  stage: byText(({ stage }) => stage),
  image: byText(({ image }) => image ?? '~'),
  // Those that have waited longest come first; what is at rest waits for nothing.
  time: (a, b) => waitsSince(a) - waitsSince(b) || COLLATOR.compare(a.id, b.id),
  // What is still wrong, then what was, the latest first.
  fault: (a, b) => faultRank(b) - faultRank(a) || COLLATOR.compare(a.id, b.id),
};

function waitsSince({ moving }: NodeFacts): number {
  return moving?.since ?? Number.MAX_SAFE_INTEGER;
}

function faultRank({ fault }: NodeFacts): number {
  if (fault === null) return -1;
  return fault.seq + (fault.endedAt === null ? Number.MAX_SAFE_INTEGER / 2 : 0);
}
