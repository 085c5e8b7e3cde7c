import type { Clock, Timer } from '../clock.js';
import { FaultError, type Fault } from '../faults/fault.js';
import type { Bus, BusCounts, Inbox, Listening, Watching, Welcome } from './bus.js';
import { BUS_VERSION, decode, encode, isFault, type Frame, type Parts } from './frame.js';
import { Hearing } from './hearing.js';
import { PostOffice } from './post-office.js';
import { Reception } from './reception.js';
import type { Payload, Topic } from './topics.js';
import { Watch } from './watch.js';

export interface ClientParts {
  readonly clock: Clock;
  /** Puts a message on the wire to the engine; it may be lost there. */
  readonly send: (parts: Parts) => void;
  /** For messages: what is at the other end. */
  readonly address: string;
  /** What the others call it: hands are sent their effects by that name. */
  readonly component: string;
  /** Names this life of the component: no other one may ever have it. */
  readonly stream: string;
  /** Where letters from the engine go; none: it is sent none. */
  readonly inbox?: Inbox;
  /** How long the engine may take to say that it is there. */
  readonly patience_ms?: number;
}

const HELLO_AGAIN_MS = 500;
const PATIENCE_MS = 5_000;
const NO_INBOX: Inbox = { receipts: () => [], take: () => [], settled: async () => false };

interface Waiting {
  readonly resolve: (welcome: Welcome) => void;
  readonly reject: (error: FaultError) => void;
}

/** A component's end of the bus, in front of any wire. */
export class Client implements Bus {
  readonly #parts: ClientParts;
  readonly #post: PostOffice;
  readonly #reception: Reception;
  #welcome: Welcome | null = null;
  #waiting: Waiting[] = [];
  #timer: Timer;
  readonly #startedAt: number;
  #watch: Watch | null = null;
  #hearing: Hearing | null = null;
  #ended: Fault | null = null;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const { clock, stream, send, inbox = NO_INBOX } = parts;
    this.#post = new PostOffice({ stream, kept: [], acked: 0 }, clock, send);
    this.#reception = new Reception(inbox);
    this.#startedAt = clock.now();
    this.#timer = clock.setTimer(0, () => this.#greet());
  }

  get counts(): BusCounts {
    return this.#reception.counts;
  }

  welcome(): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) reject(new FaultError(this.#ended));
      else if (this.#welcome !== null) resolve(this.#welcome);
      else this.#waiting.push({ resolve, reject });
    });
  }

  send<T extends Topic>(topic: T, payload: Payload<T>): Promise<void> {
    return this.#post.send(topic, payload);
  }

  watch(watching: Watching): () => void {
    const { clock, send } = this.#parts;
    const watch = new Watch(watching, { clock, send, hello: () => this.#hello() });
    this.#watch?.end();
    this.#watch = watch;
    this.#hello();
    return () => {
      watch.end();
      if (this.#watch === watch) this.#watch = null;
    };
  }

  listen(listening: Listening): () => void {
    const { clock, send } = this.#parts;
    const hearing = new Hearing(listening, { clock, send });
    this.#hearing?.end();
    this.#hearing = hearing;
    return () => hearing.end();
  }

  /** What came off the wire, whatever it is: an answer, or what is published. */
  received(parts: Parts): void {
    const frame = decode(parts);
    if (isFault(frame)) this.#reception.counts.bad += 1;
    else if (this.#ended === null) this.#take(frame);
  }

  /** The wire will never work: whoever waits is told why. */
  fail(fault: Fault): void {
    if (this.#ended !== null) return;
    this.#ended = fault;
    this.#timer.cancel();
    this.#watch?.end();
    this.#hearing?.end();
    this.#post.end(fault);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new FaultError(fault));
  }

  async close(): Promise<void> {
    this.fail({ code: 'BUS-016', kind: 'bus.closed' });
  }

  #take({ head, lines }: Frame): void {
    switch (head.kind) {
      case 'welcome':
        return this.#welcomed(head);
      case 'ack':
        if (head.stream === this.#post.stream) this.#post.acked(head);
        return;
      case 'letters':
        return this.#reception.letters(head, lines, { role: 'admin', send: this.#parts.send });
      case 'entries':
        this.#reception.counts.bad += this.#watch?.take(head, lines) ?? 0;
        return;
      case 'console':
        return this.#hearing?.take(head, lines.join('\n'));
      case 'beat':
        return this.#watch?.reaches(head.journal, head.last);
      case 'bad':
        if (this.#welcome === null) this.fail(head.fault);
        return;
      case 'hello':
      case 'fetch':
      case 'listen':
        this.#reception.counts.bad += 1;
    }
  }

  #welcomed({ journal, last, role }: Welcome): void {
    this.#welcome = { journal, last, role };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve(this.#welcome);
    this.#watch?.reaches(journal, last);
  }

  #hello(): void {
    this.#parts.send(encode({ kind: 'hello', version: BUS_VERSION, component: this.#parts.component }));
  }

  /** Until there is an answer; hands go on, as an engine that was started again does not know them. */
  #greet(): void {
    const { clock, inbox, patience_ms = PATIENCE_MS, address } = this.#parts;
    if (this.#welcome !== null && inbox === undefined) return;
    this.#hello();
    this.#timer = clock.setTimer(HELLO_AGAIN_MS, () => this.#greet());
    const waited_ms = clock.now() - this.#startedAt;
    if (this.#welcome !== null || waited_ms < patience_ms) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting)
      reject(new FaultError({ code: 'BUS-005', kind: 'bus.silent', address, waited_ms }));
  }
}
