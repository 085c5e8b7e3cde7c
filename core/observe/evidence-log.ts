import type { Clock } from '../clock.js';
import type { Evidence, Observation, Observe } from '../evidence.js';
import type { NodeId } from '../ids.js';
import type { BootPort } from '../ports/boot.js';

interface NodeLog {
  lastSeq: number;
  /** What no wait has been told to be past (`after`), oldest first. */
  waiting: Evidence[];
  wanted: ((evidence: Evidence) => void) | null;
}

/** A flood of evidence that nobody takes (an engine that is gone) may not fill the memory; a boot has about fifteen. */
const MOST_WAITING = 1_000;

/**
 * Where observers' findings become evidence: numbered per node, told the time, kept until a machine has taken them.
 * Only the next wait's `after` says that one was taken: what was handed out and not journaled, since the rig crashed,
 * is handed out again.
 */
export class EvidenceLog implements BootPort {
  readonly #clock: Clock;
  readonly #nodes = new Map<NodeId, NodeLog>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be handed to observers. */
  readonly observe: Observe = (observation: Observation) => {
    const log = this.#log(observation.node);
    log.lastSeq += 1;
    log.waiting.push(evidenceOf(observation, log.lastSeq, this.#clock.now()));
    if (log.waiting.length > MOST_WAITING) log.waiting.shift();
    this.#settle(log);
  };

  next(node: NodeId, after: number, seen: (evidence: Evidence) => void): () => void {
    const log = this.#log(node);
    while (log.waiting[0] !== undefined && log.waiting[0].seq <= after) log.waiting.shift();
    // After a crash of the whole rig the numbers go on where the journal has them.
    log.lastSeq = Math.max(log.lastSeq, after);
    // Its own function each time, so that a cancel cannot meet a later wait.
    const wanted = (evidence: Evidence): void => seen(evidence);
    log.wanted = wanted;
    this.#settle(log);
    return () => {
      if (log.wanted === wanted) log.wanted = null;
    };
  }

  #settle(log: NodeLog): void {
    const { wanted } = log;
    const [evidence] = log.waiting;
    if (wanted === null || evidence === undefined) return;
    log.wanted = null;
    wanted(evidence);
  }

  #log(node: NodeId): NodeLog {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const made: NodeLog = { lastSeq: 0, waiting: [], wanted: null };
    this.#nodes.set(node, made);
    return made;
  }
}

/** Spelt out for what comes most, as a spread that grows costs three times the memory. */
function evidenceOf(observation: Observation, seq: number, at: number): Evidence {
  if (observation.kind !== 'reached') return { ...observation, seq, at };
  const { stage, what, node, source } = observation;
  return { kind: 'reached', stage, what, node, source, seq, at };
}
