import type { Clock, Timer } from '../clock.js';
import type { BusCounts, BusHost, BusService, Line, Outbox } from './bus.js';
import { BUS_VERSION, decode, encode, isFault, type Frame, type Parts } from './frame.js';
import { PostOffice } from './post-office.js';
import { Reception } from './reception.js';
import type { Role } from './role.js';

/** Whoever is at the other end of one connection. */
export interface Peer {
  /** What the socket that it came in by may. */
  readonly role: Role;
  readonly send: (parts: Parts) => void;
}

export interface HubParts {
  readonly service: BusService;
  readonly clock: Clock;
  /** To all watchers at once; settles when the wire takes more. A watcher that is too slow for it misses some. */
  readonly publish: (parts: Parts) => Promise<void>;
}

/** How often watchers hear that nothing happened: by that they notice that the last of what happened was lost. */
export const BEAT_MS = 1_000;
/** How long a disk is waited for at the end. */
const LAST_ACKS_MS = 1_000;
/** Lines in one message. */
const BATCH = 256;
/** Lines that may wait for the wire; what is beyond is fetched by those who want it. */
const BACKLOG = 65_536;

const CLOSED = { code: 'BUS-016', kind: 'bus.closed' } as const;

/** The engine's end of the bus, in front of any wire. */
export class Hub implements BusHost {
  readonly #parts: HubParts;
  readonly #reception: Reception;
  readonly #posts = new Map<string, PostOffice>();
  readonly #components = new Map<string, Peer>();
  #first = 0;
  #lines: string[] = [];
  #isPublishing = false;
  #beat: Timer;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#reception = new Reception(parts.service);
    this.#beat = parts.clock.setTimer(BEAT_MS, () => this.#beats());
  }

  get counts(): BusCounts {
    return this.#reception.counts;
  }

  /** What came from a peer, whatever it is. */
  received(peer: Peer, parts: Parts): void {
    const frame = decode(parts);
    if (!isFault(frame)) {
      this.#take(peer, frame);
      return;
    }
    this.#reception.counts.bad += 1;
    peer.send(encode({ kind: 'bad', fault: frame }));
  }

  publish(first: number, lines: readonly string[]): void {
    if (this.#lines.length + lines.length > BACKLOG) this.#lines = [];
    if (this.#lines.length === 0) this.#first = first;
    for (const line of lines) this.#lines.push(line);
    void this.#drain();
  }

  post(component: string, outbox: Outbox): Line {
    const post = new PostOffice(outbox, this.#parts.clock, (parts) => this.#components.get(component)?.send(parts));
    this.#posts.set(outbox.stream, post);
    return {
      send: (topic, payload) => post.send(topic, payload),
      end: () => {
        this.#posts.delete(outbox.stream);
        post.end(CLOSED);
      },
    };
  }

  async close(): Promise<void> {
    this.#beat.cancel();
    for (const post of this.#posts.values()) post.end(CLOSED);
    await this.#lastAcks();
  }

  /** Who has asked for the end waits to hear that it was taken. */
  #lastAcks(): Promise<void> {
    return new Promise((resolve) => {
      const limit = this.#parts.clock.setTimer(LAST_ACKS_MS, resolve);
      void this.#reception.idle().then(() => {
        limit.cancel();
        resolve();
      });
    });
  }

  #take(peer: Peer, { head, lines }: Frame): void {
    switch (head.kind) {
      case 'hello':
        return this.#welcome(peer, head.version, head.component);
      case 'letters':
        return this.#reception.letters(head, lines, peer);
      case 'ack':
        return this.#posts.get(head.stream)?.acked(head);
      case 'fetch':
        return this.#answer(peer, head);
      case 'listen':
        return this.#tellConsole(peer, head.node, head.from);
      case 'welcome':
      case 'console':
      case 'entries':
      case 'beat':
        this.#reception.counts.bad += 1;
        peer.send(
          encode({ kind: 'bad', fault: { code: 'BUS-001', kind: 'message.bad', what: `${head.kind} is ours` } }),
        );
        return;
      case 'bad':
        this.#reception.counts.bad += 1;
    }
  }

  #welcome(peer: Peer, version: number, component: string): void {
    if (version !== BUS_VERSION) {
      peer.send(
        encode({ kind: 'bad', fault: { code: 'BUS-012', kind: 'bus.version', ours: BUS_VERSION, theirs: version } }),
      );
      return;
    }
    if (peer.role !== 'watch') this.#components.set(component, peer);
    const { service } = this.#parts;
    const { journal } = service;
    peer.send(encode({ kind: 'welcome', version: BUS_VERSION, journal, last: service.last(), role: peer.role }));
  }

  #answer(peer: Peer, { from, to }: { readonly from: number; readonly to: number }): void {
    const { service } = this.#parts;
    const lines = from > to ? [] : service.read({ from, to: Math.min(to, service.last()) });
    const { journal } = service;
    peer.send(encode({ kind: 'entries', journal, first: from, last: service.last() }, lines));
  }

  #tellConsole(peer: Peer, node: string, wanted: number | null): void {
    const { service } = this.#parts;
    const { from, size, text } = service.console?.(node, wanted) ?? { from: 0, size: 0, text: '' };
    peer.send(encode({ kind: 'console', journal: service.journal, node, from, size }, [text]));
  }

  async #drain(): Promise<void> {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    // All that is said in one go travels together.
    await Promise.resolve();
    while (this.#lines.length > 0) {
      const lines = this.#lines.splice(0, BATCH);
      const first = this.#first;
      this.#first += lines.length;
      const { journal } = this.#parts.service;
      await this.#parts.publish(encode({ kind: 'entries', journal, first, last: first + lines.length - 1 }, lines));
    }
    this.#isPublishing = false;
  }

  #beats(): void {
    const { service, clock, publish } = this.#parts;
    // Behind what waits for the wire, so that nobody takes that for lost.
    if (!this.#isPublishing) void publish(encode({ kind: 'beat', journal: service.journal, last: service.last() }));
    this.#beat = clock.setTimer(BEAT_MS, () => this.#beats());
  }
}
