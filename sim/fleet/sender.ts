import type { Clock, Timer } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';
import type { Sending } from '../../core/report/sending.js';
import { PARLEY_MS, sentBytes } from '../stages/transfer.js';

/** A node that wants an image. */
export interface Receiver {
  readonly node: NodeId;
  readonly image: string;
  readonly size_bytes: number;
  /** All that are to take the image at once. */
  readonly among: readonly NodeId[];
  /** Called each time a mark is passed, and at the end; never once it has left. */
  readonly onPercent: (percent: number) => void;
  readonly onEnd: () => void;
  /** Percents of the image at which to be called. */
  readonly marks: readonly number[];
}

export interface SenderParts {
  readonly clock: Clock;
  /** Of the store's link, in bytes of whole Ethernet frames, shared by all sessions. */
  readonly bandwidth_bytes_per_s: number;
  /** Share of the datagrams that each receiver loses by itself. */
  readonly loss: number;
  /** How long a session waits for those it is meant for, counted from the first that came. */
  readonly muster_ms: number;
}

interface Session {
  readonly image: string;
  readonly size_bytes: number;
  readonly receivers: Set<Receiver>;
  state: 'musters' | 'parleys' | 'sends';
  timer: Timer | null;
  /** Who was there when it set out. */
  nodes: readonly NodeId[];
  /** All that is to go over the wire for it. */
  due_bytes: number;
  sent_bytes: number;
}

/**
 * The dark store's network: an image is sent once to all that take it at the same time, at the rate that the other
 * sessions leave. A receiver that drops out changes nothing for the others.
 */
export class Sender {
  readonly #parts: SenderParts;
  #sessions: Session[] = [];
  #timer: Timer | null = null;
  #reckonedAt = 0;
  readonly #sendings: Sending[] = [];

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Sessions that are over, or that everybody has left. */
  get sendings(): readonly Sending[] {
    return this.#sendings;
  }

  /** @returns leaves again */
  join(receiver: Receiver): () => void {
    const { image, size_bytes } = receiver;
    const open = this.#sessions.find((session) => session.image === image && session.state === 'musters');
    const session = open ?? this.#open(image, size_bytes);
    session.receivers.add(receiver);
    const present = new Set([...session.receivers].map(({ node }) => node));
    if (receiver.among.every((node) => present.has(node))) this.#parley(session);
    return () => this.#leave(session, receiver);
  }

  #open(image: string, size_bytes: number): Session {
    const receivers = new Set<Receiver>();
    const none = { timer: null, nodes: [], due_bytes: 0, sent_bytes: 0 };
    const session: Session = { image, size_bytes, receivers, state: 'musters', ...none };
    this.#sessions.push(session);
    session.timer = this.#parts.clock.setTimer(this.#parts.muster_ms, () => this.#parley(session));
    return session;
  }

  #parley(session: Session): void {
    session.timer?.cancel();
    session.state = 'parleys';
    session.timer = this.#parts.clock.setTimer(PARLEY_MS, () => {
      this.#reckon();
      const { size_bytes, receivers } = session;
      session.state = 'sends';
      session.nodes = [...receivers].map(({ node }) => node);
      session.due_bytes = sentBytes({ size_bytes, receivers: receivers.size, loss: this.#parts.loss });
      this.#plan();
    });
  }

  #leave(session: Session, receiver: Receiver): void {
    if (!session.receivers.delete(receiver) || session.receivers.size > 0) return;
    this.#reckon();
    session.timer?.cancel();
    this.#close(session);
    this.#plan();
  }

  #close(session: Session): void {
    const { image, size_bytes, nodes } = session;
    this.#sessions = this.#sessions.filter((other) => other !== session);
    if (session.state !== 'sends') return;
    const sent_bytes = Math.round(Math.min(session.sent_bytes, session.due_bytes));
    this.#sendings.push({ image, by: 'multicast', nodes, size_bytes, sent_bytes });
  }

  #sending(): readonly Session[] {
    return this.#sessions.filter(({ state }) => state === 'sends');
  }

  /** Bytes for every ms of a session, with all others under way. */
  #share(sessions: readonly Session[]): number {
    return this.#parts.bandwidth_bytes_per_s / 1_000 / Math.max(1, sessions.length);
  }

  /** Brings what was sent up to now. */
  #reckon(): void {
    const now = this.#parts.clock.now();
    const sessions = this.#sending();
    const each_bytes = (now - this.#reckonedAt) * this.#share(sessions);
    for (const session of sessions) session.sent_bytes += each_bytes;
    this.#reckonedAt = now;
  }

  /** Sleeps until the next mark or end of any session. */
  #plan(): void {
    this.#timer?.cancel();
    const sessions = this.#sending();
    if (sessions.length === 0) return;
    const next_bytes = Math.min(...sessions.map((session) => nextStop(session) - session.sent_bytes));
    // Rounded up to whole ms, so that a stop is passed when the timer fires, and journals stay readable.
    const wait_ms = Math.max(0, Math.ceil(next_bytes / this.#share(sessions)));
    this.#timer = this.#parts.clock.setTimer(wait_ms, () => this.#pass());
  }

  #pass(): void {
    const before = new Map(this.#sending().map((session) => [session, session.sent_bytes]));
    this.#reckon();
    for (const [session, before_bytes] of before) this.#tell(session, before_bytes);
    this.#plan();
  }

  #tell(session: Session, before_bytes: number): void {
    const { due_bytes, receivers } = session;
    const isOver = session.sent_bytes >= due_bytes;
    if (isOver) this.#close(session);
    for (const receiver of receivers) {
      const passed = receiver.marks.filter((percent) => {
        const at_bytes = (due_bytes * percent) / 100;
        return at_bytes > before_bytes && at_bytes <= session.sent_bytes;
      });
      // What is told may be that its power is cut: then it is not there for the end.
      for (const percent of passed) if (receivers.has(receiver)) receiver.onPercent(percent);
      if (isOver && receivers.has(receiver)) receiver.onEnd();
    }
  }
}

function nextStop({ due_bytes, sent_bytes, receivers }: Session): number {
  const marks = [...receivers].flatMap(({ marks: percents }) => percents.map((percent) => (due_bytes * percent) / 100));
  return Math.min(due_bytes, ...marks.filter((mark) => mark > sent_bytes));
}
