import type { Fault } from '../faults/fault.js';
import type { Entry } from '../journal/entry.js';
import type { Arrival, Receipt } from './letter.js';
import type { Role } from './role.js';
import type { Payload, Topic } from './topics.js';
import type { Gap, Span } from './watcher.js';

/** Who writes letters down: the engine into its journal, hands into a file of their own. */
export interface Inbox {
  /** What was written down in earlier lives. */
  receipts(): Iterable<Receipt>;
  /**
   * Writes the letters down, then acts on those that nobody refuses; not one of them came before.
   * @returns for each why it is refused, else null; fewer of them where the rest can't be written: they were not there
   */
  take(arrivals: readonly Arrival[]): readonly (Fault | null)[];
  /** Brings to the disk what was taken so far. @returns whether it is there: only then it is acknowledged */
  settled(): Promise<boolean>;
}

/** What a rack's engine hands to the bus: its journal to read from, and where requests go. */
export interface BusService extends Inbox {
  /** Names the journal: another one, another name. */
  readonly journal: string;
  /** Number of its newest entry. */
  last(): number;
  /** The lines of these entries; or only the first of them, where they are many. */
  read(gap: Gap): readonly string[];
  /** What a node's console said from that byte on, or a first part of that; null: the last of it. */
  console?(node: string, from: number | null): ConsolePart;
}

/** A part of what a console has said, one character a byte (Latin-1). */
export interface ConsolePart {
  readonly from: number;
  /** Bytes that there are in all. */
  readonly size: number;
  readonly text: string;
}

/** What came in and could not be used, since the start. */
export interface BusCounts {
  /** Messages that are none, each answered. */
  readonly bad: number;
  /** Letters that nothing was done about, each answered. */
  readonly refused: number;
  /** Letters that came again. */
  readonly repeated: number;
}

/** The engine's side of the bus. */
export interface BusHost {
  /** Tells watchers; never waits for them. */
  publish(first: number, lines: readonly string[]): void;
  /** A stream of letters to a component, e.g. effects to hands. */
  post(component: string, outbox: Outbox): Post;
  readonly counts: BusCounts;
  /** Whoever still waits is told BUS-016. */
  close(): Promise<void>;
}

/** Where a stream goes on that has outlived its sender; a new one has `kept` empty and `acked` 0. */
export interface Outbox {
  /** Names the numbering: it must never name another one. */
  readonly stream: string;
  readonly kept: readonly { readonly topic: Topic; readonly payload: unknown }[];
  readonly acked: number;
}

/** Takes letters that are never lost and never taken twice. */
export interface Post {
  /**
   * Settles once the receiver has written it down, however long that takes and whoever crashes meanwhile.
   * @throws FaultError the receiver's refusal; BUS-011 when it has forgotten; BUS-016 when this end is closed
   */
  send<T extends Topic>(topic: T, payload: Payload<T>): Promise<void>;
}

/** Who a component found at the other end. */
export interface Welcome {
  readonly journal: string;
  readonly last: number;
  readonly role: Role;
}

export interface Watching {
  /** Number of the first entry that is wanted; `now` for those that come from here on. */
  readonly from: number | 'now';
  /** Every entry once, in order. Whoever is slow here slows nobody else, and is given what it missed. */
  readonly onEntries: (span: Span<Entry>) => void;
  /**
   * `silent`: nothing is heard of the rack any more; `live`: it is again; `other`: it keeps another journal now, whose
   * entries come from the first one on.
   */
  readonly onState?: (state: 'live' | 'silent' | 'other') => void;
  /** The journal cannot be read any more: nothing further comes. */
  readonly onBroken?: (fault: Fault) => void;
}

export interface Listening {
  readonly node: string;
  /** The last that was kept, then whatever comes: every byte once, in order. */
  readonly onText: (text: string) => void;
  /** It is another recording from here on. */
  readonly onRestart: () => void;
  /** Asked before each question; once it is false nothing is asked any more. */
  readonly isWanted: () => boolean;
}

/** Any other component's side of the bus. */
export interface Bus extends Post {
  /** @throws FaultError BUS-005 when nobody answers in time, BUS-006, BUS-012 */
  welcome(): Promise<Welcome>;
  /** One at a time. @returns ends it */
  watch(watching: Watching): () => void;
  /** To one console at a time. @returns ends it */
  listen(listening: Listening): () => void;
  readonly counts: BusCounts;
  /** Whoever still waits is told BUS-016. */
  close(): Promise<void>;
}
