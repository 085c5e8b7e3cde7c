import type { Fault } from '../../../../core/faults/fault.js';
import type { ReceiverReport } from './session.js';
import { BITMAP_BYTES, STANDING, type ReceiverMessage } from './message.js';

/** One receiver as the sender knows it. */
export interface Receiver {
  readonly number: number;
  /** Changed by `move` alone. */
  state: 'expected' | 'live' | 'complete' | 'out';
  fault: Fault | null;
  /** Windows that it has room for beyond those it passed on. */
  capacity_windows: number;
  base: number;
  delivered: number;
  lastPoll: number;
  heardAt: number;
  progressedAt: number;
  /** Blocks that it lacked when it was asked, each time anew. */
  lost_blocks: number;
}

export type Status = Extract<ReceiverMessage, { kind: 'status' }>;

/** How long a receiver is waited for. */
export interface Patience {
  /** Without a word. */
  readonly silent_ms: number;
  /** With words, but without passing on anything that it has. */
  readonly stalled_ms: number;
}

/** The receivers of a session: who is in it, how far each is, and who has to go. */
export class Roster {
  readonly #receivers: ReadonlyMap<number, Receiver>;
  #live: readonly Receiver[] = [];

  constructor(expected: readonly number[]) {
    this.#receivers = new Map(expected.map((number) => [number, newReceiver(number)]));
  }

  find(number: number): Receiver | undefined {
    return this.#receivers.get(number);
  }

  all(): readonly Receiver[] {
    return [...this.#receivers.values()];
  }

  live(): readonly Receiver[] {
    return this.#live;
  }

  move(receiver: Receiver, state: Receiver['state'], fault: Fault | null = null): void {
    receiver.state = state;
    receiver.fault = fault;
    this.#live = this.all().filter((one) => one.state === 'live');
  }

  /** From now on a receiver's silence counts. */
  startWatching(at: number): void {
    for (const receiver of this.#live) receiver.heardAt = receiver.progressedAt = at;
  }

  awaited(): readonly Receiver[] {
    return this.all().filter(({ state }) => state === 'expected');
  }

  /** The first window that a live receiver still lacks something of; Infinity when there is none. */
  lowestBase(): number {
    return Math.min(Infinity, ...this.live().map(({ base }) => base));
  }

  /** The first window for which somebody has no room; Infinity when nobody is live. */
  room(): number {
    return Math.min(Infinity, ...this.live().map(({ delivered, capacity_windows }) => delivered + capacity_windows));
  }

  /** Whether all who lack something of the window have answered this poll or a later one. */
  hasReported(window: number, poll: number): boolean {
    return this.live().every(({ base, lastPoll }) => base > window || lastPoll >= poll);
  }

  /** Takes a status in. @returns false when it tells nothing new, as one that comes twice or late */
  note(receiver: Receiver, status: Status, at: number): boolean {
    const isFurther = status.delivered > receiver.delivered || status.base > receiver.base;
    // A repeated status is no sign of life: somebody on the wire may be playing it back.
    const isNew = status.poll > receiver.lastPoll || (status.poll === receiver.lastPoll && isFurther);
    if (!isNew && status.standing === STANDING.receiving) return false;
    receiver.heardAt = at;
    if (isFurther) receiver.progressedAt = at;
    receiver.lastPoll = Math.max(receiver.lastPoll, status.poll);
    receiver.base = Math.max(receiver.base, status.base);
    receiver.delivered = Math.max(receiver.delivered, status.delivered);
    return true;
  }

  /** Who has been silent, or stood still, for too long. Who has passed on all `sent_windows` waits for us. */
  overdue(patience: Patience, at: number, sent_windows: number): readonly (readonly [Receiver, Fault])[] {
    return this.live().flatMap((receiver): readonly (readonly [Receiver, Fault])[] => {
      if (receiver.delivered >= sent_windows) receiver.progressedAt = at;
      const silent_ms = Math.round(at - receiver.heardAt);
      const stalled_ms = Math.round(at - receiver.progressedAt);
      const { number } = receiver;
      if (silent_ms >= patience.silent_ms) return [[receiver, silence(number, silent_ms)]];
      if (stalled_ms >= patience.stalled_ms) return [[receiver, stall(number, stalled_ms)]];
      return [];
    });
  }
}

/** What a status says about one window: a bit for each block that is lacking, null when nothing is said of it. */
export function lackedOf({ base, lacks }: Status, window: number): Buffer | null {
  const at = (window - base) * BITMAP_BYTES;
  return at < 0 || at >= lacks.length ? null : lacks.subarray(at, at + BITMAP_BYTES);
}

/** The receiver that lost most; of two that lost the same, the first. */
export function lossiest(receivers: readonly Receiver[]): Receiver | undefined {
  return receivers.reduce<Receiver | undefined>(
    (worst, receiver) => (worst === undefined || receiver.lost_blocks > worst.lost_blocks ? receiver : worst),
    undefined,
  );
}

export function receiverReport({ number, state, fault }: Receiver): ReceiverReport {
  const outcome = state === 'complete' ? 'complete' : fault === null ? 'cancelled' : 'failed';
  return { receiver: number, outcome, fault };
}

function newReceiver(number: number): Receiver {
  const place = { base: 0, delivered: 0, lastPoll: 0, capacity_windows: 0 };
  return { number, state: 'expected', fault: null, ...place, heardAt: 0, progressedAt: 0, lost_blocks: 0 };
}

function silence(receiver: number, waited_ms: number): Fault {
  return { code: 'MCAST-002', kind: 'receiver.silent', receiver, waited_ms };
}

function stall(receiver: number, waited_ms: number): Fault {
  return { code: 'MCAST-003', kind: 'receiver.stalled', receiver, waited_ms };
}
