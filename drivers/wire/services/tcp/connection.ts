import type { Clock } from '../../../../core/clock.js';
import { unreachable } from '../../../../core/unreachable.js';
import type { IpLink } from '../../ip-link.js';
import { Application } from './application.js';
import { Patience, type Wait } from './patience.js';
import { Receiver } from './receiver.js';
import { ACK, FIN, RST, SYN, type SegmentHeader } from './segment.js';
import { Sender, type Acknowledgment } from './sender.js';
import { advance, distance } from './sequence.js';
import { OUR_MSS_BYTES, Transmitter, type Ends } from './transmitter.js';

/** RFC 9293, section 3.3.2; LISTEN is the stack's business, and nothing is ever opened actively. */
export type State =
  | 'synReceived'
  | 'established'
  | 'finWait1'
  | 'finWait2'
  | 'closing'
  | 'timeWait'
  | 'closeWait'
  | 'lastAck'
  | 'closed';

/** RFC 9293, section 3.7.1: what a peer takes that does not say. */
const DEFAULT_MSS_BYTES = 536;
/** A peer that asks for less would only make us send headers. Linux draws the line at 48. */
const LEAST_MSS_BYTES = 48;
/** RFC 7323, section 2.3. */
const MOST_WINDOW_SCALE = 14;
/** With back-off from 1 s: a minute. */
const MOST_HANDSHAKES = 6;
/** With back-off from 200 ms: four and a half minutes. */
const MOST_TIMEOUTS = 12;
const MOST_LIFE_PROBES = 10;
/** Answers to segments that fit nowhere, in a second: two ends that disagree must not answer each other for ever. */
const MOST_CHALLENGES = 100;

/** What a connection needs of its stack. */
export interface Owner {
  readonly link: IpLink;
  readonly clock: Clock;
  /** The handshake is done: the application may have it. */
  established(connection: Connection): void;
  timeWaiting(connection: Connection): void;
  /** Nothing may reach the connection any more. */
  closed(connection: Connection): void;
}

/** One connection: its state, what arrives, and when it gives up (RFC 9293, section 3.10). */
export class Connection {
  state: State = 'synReceived';
  readonly ends: Ends;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly application = new Application();
  readonly #owner: Owner;
  readonly #transmitter: Transmitter;
  readonly #patience: Patience;
  readonly #news: Acknowledgment = { acknowledgment: 0, sequence: 0, window_bytes: 0, isBare: false };
  readonly #initialSequence: number;
  readonly #peerSequence: number;
  readonly #peerScale: number;
  /** How many turns are nested: what leaves is decided at the end of the outermost. */
  #depth = 0;
  #handshakes = 1;
  #synAckAt: number;
  #challenges = { count: 0, since: 0 };

  /** Answers `syn`, a SYN for a port that is listened on. */
  constructor(owner: Owner, ends: Ends, start: { readonly syn: SegmentHeader; readonly initialSequence: number }) {
    const { syn, initialSequence } = start;
    this.#owner = owner;
    this.ends = ends;
    this.#initialSequence = initialSequence;
    this.#peerSequence = syn.sequence;
    this.#peerScale = Math.min(Math.max(0, syn.windowScale), MOST_WINDOW_SCALE);
    const receiver = new Receiver(advance(syn.sequence, 1));
    const transmitter = new Transmitter(owner.link, ends, { receiver, offersScale: syn.windowScale >= 0 });
    const theirs_bytes = syn.mss_bytes === 0 ? DEFAULT_MSS_BYTES : Math.max(LEAST_MSS_BYTES, syn.mss_bytes);
    const mss_bytes = Math.min(OUR_MSS_BYTES, theirs_bytes);
    const sender = new Sender({ initialSequence, mss_bytes, clock: owner.clock, transmitter });
    this.receiver = receiver;
    this.#transmitter = transmitter;
    this.sender = sender;
    this.#patience = new Patience(owner.clock, (wait) => this.inTurn(() => this.#lost(wait)));
    this.#synAckAt = owner.clock.now();
    this.inTurn(() => transmitter.synAck(initialSequence));
  }

  /** A SYN that starts a connection anew in place of this one, which is as good as gone. */
  yieldsTo(header: SegmentHeader): boolean {
    if ((header.flags & (SYN | ACK | RST)) !== SYN) return false;
    if (this.state === 'synReceived') return header.sequence !== this.#peerSequence;
    return this.state === 'timeWait' && distance(this.receiver.next, header.sequence) > 0;
  }

  arrive(header: SegmentHeader, payload: Buffer): void {
    this.#patience.heard();
    this.#depth += 1;
    this.#take(header, payload);
    this.#endTurn();
  }

  /** Runs `act`, and sends what came of it at its end. */
  inTurn(act: () => void): void {
    this.#depth += 1;
    act();
    this.#endTurn();
  }

  /** The application has nothing more to say. */
  end(): void {
    if (this.state === 'established') this.state = 'finWait1';
    else if (this.state === 'closeWait') this.state = 'lastAck';
    else return;
    this.inTurn(() => this.sender.end());
  }

  /** Resets the connection; what waits either way is lost. */
  abort(): void {
    if (this.state === 'closed') return;
    if (this.state !== 'timeWait') this.#transmitter.bare(this.sender.highest, RST);
    this.inTurn(() => this.#reset());
  }

  /** The stack has no room for what is left of it. */
  forget(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#patience.waitFor('nothing', 0, true);
    this.#owner.closed(this);
  }

  #reset(): void {
    this.receiver.discard();
    this.forget();
  }

  #take(header: SegmentHeader, payload: Buffer): void {
    const { flags, sequence } = header;
    if (this.state === 'closed') return;
    if (this.state === 'synReceived' && (flags & (SYN | ACK)) === SYN && sequence === this.#peerSequence) {
      return this.#repeatSynAck();
    }
    const length = payload.length + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
    if (!this.receiver.accepts(sequence, length)) {
      if ((flags & RST) === 0) this.#disagree(length > 0);
      return;
    }
    if ((flags & RST) !== 0) {
      // Only the exact number resets: anyone can guess a window (RFC 5961, section 3.2).
      if (sequence === this.receiver.next) this.#reset();
      else this.#disagree(false);
      return;
    }
    if ((flags & SYN) !== 0) return this.#disagree(false);
    if ((flags & ACK) === 0 || !this.#takeAcknowledgment(header, length === 0)) return;
    if (length > 0) this.#takePayload(header, payload);
  }

  /** @returns false when the segment goes no further */
  #takeAcknowledgment(header: SegmentHeader, isBare: boolean): boolean {
    const news = this.#news;
    news.acknowledgment = header.acknowledgment;
    news.sequence = header.sequence;
    news.window_bytes = header.window << this.#peerScale;
    news.isBare = isBare;
    if (this.state === 'synReceived') return this.#establish(news);
    if (distance(this.sender.highest, news.acknowledgment) > 0) {
      this.#disagree(false);
      return false;
    }
    this.sender.acknowledged(news);
    if (this.sender.isFinished) this.#finAcknowledged();
    return this.state !== 'closed';
  }

  #establish(news: Acknowledgment): boolean {
    if (news.acknowledgment !== advance(this.#initialSequence, 1)) {
      this.#transmitter.reset(news.acknowledgment);
      return false;
    }
    this.sender.established(news, this.#handshakes > 1 ? null : this.#owner.clock.now() - this.#synAckAt);
    this.state = 'established';
    this.#owner.established(this);
    return true;
  }

  #takePayload(header: SegmentHeader, payload: Buffer): void {
    this.#transmitter.owesAck = true;
    if (this.receiver.isFinished) return;
    this.receiver.take(header.sequence, payload, (header.flags & FIN) !== 0);
    if (this.receiver.isFinished) this.#finTaken();
  }

  #finAcknowledged(): void {
    if (this.state === 'finWait1') this.state = 'finWait2';
    else if (this.state === 'closing') this.#startTimeWait();
    else if (this.state === 'lastAck') this.forget();
  }

  #finTaken(): void {
    if (this.state === 'established') this.state = 'closeWait';
    else if (this.state === 'finWait1') this.state = 'closing';
    else if (this.state === 'finWait2') this.#startTimeWait();
  }

  #startTimeWait(): void {
    this.state = 'timeWait';
    this.#owner.timeWaiting(this);
  }

  #repeatSynAck(): void {
    this.#handshakes += 1;
    this.#transmitter.synAck(this.#initialSequence);
  }

  /** Tells the peer where we are. What carries data is always answered, as the peer waits for it. */
  #disagree(isAwaited: boolean): void {
    const now = this.#owner.clock.now();
    if (now - this.#challenges.since >= 1000) this.#challenges = { count: 0, since: now };
    this.#challenges.count += 1;
    if (isAwaited || this.#challenges.count <= MOST_CHALLENGES) this.#transmitter.owesAck = true;
    if (isAwaited && this.state === 'timeWait') this.#patience.waitFor('timeWait', 0, true);
  }

  #endTurn(): void {
    if (this.#depth === 1) {
      if (this.state !== 'synReceived') this.application.tell(this.sender, this.receiver);
      if (this.state !== 'closed') this.#settle();
    }
    this.#depth -= 1;
    const isOver = this.state === 'closed' || this.state === 'timeWait';
    if (this.#depth === 0 && isOver && this.receiver.isDelivered) this.application.tellClose();
  }

  /** Sends what may go and what is owed, then decides what to wait for. */
  #settle(): void {
    const { sender, receiver } = this;
    if (this.state !== 'synReceived') sender.flush();
    // An application that goes on reading opens the window again; the peer may be waiting for just that.
    if (receiver.takeOpened(2 * sender.mss_bytes)) this.#transmitter.owesAck = true;
    if (this.#transmitter.owesAck) this.#transmitter.bare(sender.next, 0);
    this.#patience.waitFor(this.#awaited(), sender.roundTrip.rto_ms, sender.takeProgress());
  }

  #awaited(): Wait {
    if (this.state === 'timeWait') return 'timeWait';
    if (this.state === 'synReceived') return 'handshake';
    if (this.sender.flight_bytes > 0) return 'acknowledgment';
    return this.sender.isBlocked ? 'window' : 'life';
  }

  /** What was waited for did not come. */
  #lost(wait: Wait): void {
    switch (wait) {
      case 'handshake':
        if (this.#handshakes >= MOST_HANDSHAKES) return this.#reset();
        this.sender.roundTrip.backOff();
        return this.#repeatSynAck();
      case 'acknowledgment':
      case 'window':
        return this.sender.timeouts < MOST_TIMEOUTS ? this.sender.timedOut() : this.abort();
      case 'life':
        if (this.#patience.lifeProbes >= MOST_LIFE_PROBES) return this.abort();
        this.#patience.lifeProbes += 1;
        // A number that is acknowledged already: the peer must answer it (RFC 9293, section 3.8.4).
        return this.#transmitter.bare(advance(this.sender.next, -1), 0);
      case 'timeWait':
        return this.forget();
      case 'nothing':
        return;
      default:
        return unreachable(wait);
    }
  }
}
