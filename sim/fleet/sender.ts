import type { Clock, Timer } from '../../core/clock.js';
import type { NodeId } from '../../core/ids.js';

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
  /** What the store's network takes, shared by all sessions. */
  readonly rate_bytes_per_s: number;
  /** How long a session waits for those it is meant for, counted from the first that came. */
  readonly muster_ms: number;
  /** What a session takes beside its bytes, to find its receivers and to part from them. */
  readonly parley_ms: number;
}

interface Session {
  readonly image: string;
  readonly size_bytes: number;
  readonly receivers: Set<Receiver>;
  state: 'musters' | 'parleys' | 'sends';
  timer: Timer | null;
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
  #total_bytes = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** What has gone over the wire so far. */
  get total_bytes(): number {
    this.#reckon();
    return this.#total_bytes;
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
    const session: Session = { image, size_bytes, receivers, state: 'musters', timer: null, sent_bytes: 0 };
    this.#sessions.push(session);
    session.timer = this.#parts.clock.setTimer(this.#parts.muster_ms, () => this.#parley(session));
    return session;
  }

  #parley(session: Session): void {
    session.timer?.cancel();
    session.state = 'parleys';
    session.timer = this.#parts.clock.setTimer(this.#parts.parley_ms, () => {
      this.#reckon();
      session.state = 'sends';
      this.#plan();
    });
  }

  #leave(session: Session, receiver: Receiver): void {
    if (!session.receivers.delete(receiver) || session.receivers.size > 0) return;
    this.#reckon();
    session.timer?.cancel();
    this.#sessions = this.#sessions.filter((other) => other !== session);
    this.#plan();
  }

  #sending(): readonly Session[] {
    return this.#sessions.filter(({ state }) => state === 'sends');
  }

  /** Bytes for every ms of a session, with all others under way. */
  #share(sessions: readonly Session[]): number {
    return this.#parts.rate_bytes_per_s / 1_000 / Math.max(1, sessions.length);
  }

  /** Brings what was sent up to now. */
  #reckon(): void {
    const now = this.#parts.clock.now();
    const sessions = this.#sending();
    const each_bytes = (now - this.#reckonedAt) * this.#share(sessions);
    for (const session of sessions) session.sent_bytes += each_bytes;
    this.#total_bytes += each_bytes * sessions.length;
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
    const { size_bytes, receivers } = session;
    const isOver = session.sent_bytes >= size_bytes;
    if (isOver) this.#sessions = this.#sessions.filter((other) => other !== session);
    for (const receiver of receivers) {
      const passed = receiver.marks.filter((percent) => {
        const at_bytes = (size_bytes * percent) / 100;
        return at_bytes > before_bytes && at_bytes <= session.sent_bytes;
      });
      // What is told may be that its power is cut: then it is not there for the end.
      for (const percent of passed) if (receivers.has(receiver)) receiver.onPercent(percent);
      if (isOver && receivers.has(receiver)) receiver.onEnd();
    }
  }
}

function nextStop({ size_bytes, sent_bytes, receivers }: Session): number {
  const marks = [...receivers].flatMap(({ marks: percents }) =>
    percents.map((percent) => (size_bytes * percent) / 100),
  );
  return Math.min(size_bytes, ...marks.filter((mark) => mark > sent_bytes));
}
