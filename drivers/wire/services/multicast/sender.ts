import { span_ms, type Timer } from '../../../../core/clock.js';
import type { Fault } from '../../../../core/faults/fault.js';
import { Filler } from './filler.js';
import {
  decode,
  EVERYBODY,
  MOST_STATUS_WINDOWS,
  NOTICE,
  STANDING,
  WINDOW_BYTES,
  windowsOf,
  type ReceiverMessage,
} from './message.js';
import { openPace, type Pace } from './pace.js';
import { lackedOf, lossiest, receiverReport, Roster, type Receiver, type Status } from './roster.js';
import { makeSeal, type Seal } from './seal.js';
import type { SentWindow } from './sent-window.js';
import {
  TERMS,
  type MulticastProgress,
  type MulticastOptions,
  type MulticastReport,
  type MulticastSession,
  type MulticastTerms,
} from './session.js';
import { UNDER_BYTES, Voice } from './voice.js';

/** Windows that go out in one go; then what else waits in this process has its turn. */
const BURST_WINDOWS = 4;
/** First wait for an answer to a poll, doubled up to the longest; any news makes it short again. */
const WAIT = { first_ms: 50, longest_ms: 400 };
/** What a small image may cost beyond its budget: joins, polls and a few repairs. */
const SLACK_BYTES = 256 * 1024;
/** How many times its budget the last receiver may cost: with more than 80 % lost there is no end to it. */
const LAST_FACTOR = 4;

/** Sends one image to many receivers at once. Time comes from the clock alone. */
export function openMulticast(options: MulticastOptions): MulticastSession {
  return new Sender(options);
}

class Sender implements MulticastSession {
  readonly #options: MulticastOptions;
  readonly #terms: MulticastTerms;
  readonly #seal: Seal;
  readonly #filler: Filler;
  readonly #roster: Roster;
  readonly #pace: Pace;
  readonly #voice: Voice;
  #phase: 'gathering' | 'sending' | 'over' = 'gathering';
  #timer: Timer;
  #burst: Timer | null = null;
  /** Sent, and somebody lacks something of them or has not said. */
  #held: SentWindow[] = [];
  #sent_windows = 0;
  #image_bytes = 0;
  #poll = 0;
  #wait_ms = WAIT.first_ms;
  #startedAt = 0;
  #isEndTold = false;
  #isAdvancing = false;

  constructor(options: MulticastOptions) {
    this.#options = options;
    this.#terms = { ...TERMS, ...options.terms };
    this.#seal = makeSeal(options.secret.key);
    this.#voice = new Voice({ session: options.secret.session, seal: this.#seal, send: options.send });
    this.#roster = new Roster(options.expected);
    this.#pace = openPace(this.#terms.most_windows);
    this.#filler = new Filler({
      source: options.source,
      session: options.secret.session,
      seal: this.#seal,
      onReady: () => this.#advance(),
      onFailed: (why) => this.#finish({ code: 'MCAST-007', kind: 'source.failed', why }),
    });
    this.#timer = options.clock.setTimer(this.#terms.gather_ms, () => this.#start());
  }

  progress(): MulticastProgress {
    return { phase: this.#phase, read_bytes: this.#filler.read_bytes, held_windows: this.#held.length };
  }

  readonly receive = (datagram: Buffer): void => {
    if (!this.#seal.isRight(datagram)) return;
    const message = decode(datagram, this.#options.secret.session);
    if (message === null || message.kind === 'data' || message.kind === 'poll' || message.kind === 'notice') return;
    const receiver = this.#roster.find(message.receiver);
    if (receiver === undefined) return;
    if (receiver.state === 'live') this.#hear(receiver, message);
    else if (receiver.state === 'expected') this.#welcome(receiver, message);
    else this.#voice.notify(receiver.number, receiver.state === 'complete' ? NOTICE.complete : NOTICE.dropped);
  };

  cancel(): void {
    this.#finish(null);
  }

  #welcome(receiver: Receiver, message: ReceiverMessage): void {
    if (this.#phase !== 'gathering') return this.#voice.notify(receiver.number, NOTICE.late);
    if (message.kind !== 'join' || message.capacity_windows < 1) return;
    receiver.capacity_windows = Math.min(message.capacity_windows, MOST_STATUS_WINDOWS);
    this.#roster.move(receiver, 'live');
    this.#voice.notify(receiver.number, NOTICE.accepted);
    if (this.#roster.awaited().length === 0) return this.#start();
    if (this.#roster.live().length === 1) this.#arm(this.#terms.grace_ms, () => this.#start());
  }

  #hear(receiver: Receiver, message: ReceiverMessage): void {
    if (message.kind === 'join') this.#voice.notify(receiver.number, NOTICE.accepted);
    else if (message.kind === 'leave') {
      const { reason } = message;
      this.#drop(receiver, { code: 'MCAST-006', kind: 'receiver.left', receiver: receiver.number, reason });
      this.#advance();
    } else if (this.#phase === 'sending') this.#hearStatus(receiver, message);
  }

  #hearStatus(receiver: Receiver, status: Status): void {
    const { end } = this.#filler;
    if (status.base > this.#sent_windows || status.poll > this.#poll) return;
    if (!this.#roster.note(receiver, status, this.#options.clock.now())) return;
    this.#wait_ms = WAIT.first_ms;
    const delivered_bytes = receiver.delivered * WINDOW_BYTES;
    this.#options.onDelivered?.(receiver.number, Math.min(delivered_bytes, end?.size_bytes ?? delivered_bytes));
    for (const window of this.#held) {
      const lacks = lackedOf(status, window.number);
      if (lacks !== null) receiver.lost_blocks += window.note(lacks, status.poll);
    }
    const isWhole = end !== null && status.base === windowsOf(end.size_bytes);
    if (isWhole && status.standing === STANDING.complete) {
      this.#roster.move(receiver, 'complete');
      this.#voice.notify(receiver.number, NOTICE.complete);
    } else if (status.standing !== STANDING.receiving) {
      // Done with another image than ours is as bad as a wrong sum, and nothing more will come of it.
      this.#drop(receiver, { code: 'MCAST-005', kind: 'receiver.damaged', receiver: receiver.number });
    }
    this.#advance();
  }

  #start(): void {
    if (this.#phase !== 'gathering') return;
    const now = this.#options.clock.now();
    this.#phase = 'sending';
    this.#startedAt = now;
    const waited_ms = this.#roster.live().length === 0 ? this.#terms.gather_ms : this.#terms.grace_ms;
    for (const receiver of this.#roster.awaited()) {
      receiver.fault = { code: 'MCAST-001', kind: 'receiver.absent', receiver: receiver.number, waited_ms };
    }
    this.#roster.startWatching(now);
    this.#filler.fill();
    this.#advance();
    if (this.#phase === 'sending' && this.#poll === 0) this.#sendPoll();
  }

  /** All that can be done now: what nobody needs any more goes, what is lacking and what is new is sent. */
  #advance(): void {
    // A receiver on this very wire may answer before `send` returns.
    if (this.#isAdvancing || this.#phase !== 'sending') return;
    this.#isAdvancing = true;
    this.#judge();
    const lowest = this.#roster.lowestBase();
    this.#held = this.#held.filter(({ number }) => number >= lowest);
    if (this.#roster.live().length === 0) {
      this.#finish(null);
    } else {
      this.#repair((window) => this.#roster.hasReported(window.number, window.lastPoll));
      this.#sendNew();
      if (this.#isAllSent() && !this.#isEndTold) this.#sendPoll();
    }
    this.#isAdvancing = false;
  }

  #judge(): void {
    for (const window of this.#held) {
      if (window.isJudged || !this.#roster.hasReported(window.number, window.lastPoll)) continue;
      window.isJudged = true;
      const loss = window.worstLoss_blocks / window.datagrams.length;
      this.#pace.learn({ number: window.number, loss }, this.#sent_windows);
    }
  }

  #repair(isDue: (window: SentWindow) => boolean): void {
    const due = this.#held.filter((window) => window.isOwing && isDue(window));
    if (due.length === 0 || !this.#isAffordable(due)) return;
    for (const window of due) this.#transmit(window);
    this.#sendPoll();
  }

  /** Drops the receiver that lost most where repairs would cost too much; the others say again what they lack. */
  #isAffordable(due: readonly SentWindow[]): boolean {
    const repair_bytes = due.reduce((sum, window) => sum + window.owed_bytes + UNDER_BYTES, 0);
    // The last one alone may cost more: over HTTP it would cost a whole copy again. But a link that lets polls through
    // and no data, as one with a smaller MTU, is not to be flooded for as long as it answers.
    const budget = this.#terms.budget * (this.#roster.live().length > 1 ? 1 : LAST_FACTOR);
    const budget_bytes = budget * this.#image_bytes + SLACK_BYTES;
    const worst = lossiest(this.#roster.live());
    if (this.#voice.sent_bytes + repair_bytes <= budget_bytes || worst === undefined) return true;
    const { number: receiver, lost_blocks } = worst;
    const sent_blocks = this.#sent_windows * (this.#held[0]?.datagrams.length ?? 0);
    this.#drop(worst, { code: 'MCAST-004', kind: 'receiver.lossy', receiver, lost_blocks, sent_blocks });
    for (const window of this.#held) window.forget();
    this.#sendPoll();
    return false;
  }

  #sendNew(): void {
    for (let sent = 0; this.#maySendNew(); sent++) {
      if (sent === BURST_WINDOWS) return this.#goOnSoon();
      const window = this.#filler.take();
      if (window === null) return;
      this.#held.push(window);
      this.#sent_windows += 1;
      this.#image_bytes += window.image_bytes;
      this.#transmit(window);
      this.#sendPoll();
    }
  }

  #maySendNew(): boolean {
    if (this.#filler.ready === 0 || this.#held.length >= this.#terms.most_windows) return false;
    if (this.#sent_windows >= this.#roster.room()) return false;
    const unreported = this.#held.filter(({ number, lastPoll }) => !this.#roster.hasReported(number, lastPoll));
    return unreported.length < this.#pace.windows();
  }

  #goOnSoon(): void {
    this.#burst?.cancel();
    this.#burst = this.#options.clock.setTimer(0, () => this.#advance());
  }

  #transmit(window: SentWindow): void {
    for (const datagram of window.takeOwed()) this.#voice.send(datagram);
    window.lastPoll = this.#poll + 1;
  }

  #sendPoll(): void {
    // Before the last window is sent nobody is told of the end, so that a receiver counts only on what was sent.
    this.#isEndTold = this.#isAllSent();
    const end = this.#isEndTold ? this.#filler.end : null;
    this.#poll += 1;
    this.#arm(this.#wait_ms, () => this.#onSilence());
    this.#voice.say({ kind: 'poll', poll: this.#poll, sent_windows: this.#sent_windows, end });
  }

  #isAllSent(): boolean {
    const { end } = this.#filler;
    return end !== null && this.#sent_windows === windowsOf(end.size_bytes);
  }

  /** Not everybody has answered in time: who has is served, the others are asked again, or are waited for no longer. */
  #onSilence(): void {
    const now = this.#options.clock.now();
    const overdue = this.#roster.overdue(this.#terms.patience, now, this.#sent_windows);
    for (const [receiver, fault] of overdue) this.#drop(receiver, fault);
    this.#wait_ms = Math.min(2 * this.#wait_ms, WAIT.longest_ms);
    const polled = this.#poll;
    if (this.#roster.live().length > 0) {
      this.#repair(() => true);
      if (this.#poll === polled) this.#sendPoll();
    }
    this.#advance();
  }

  #drop(receiver: Receiver, fault: Fault): void {
    this.#roster.move(receiver, 'out', fault);
    this.#voice.notify(receiver.number, NOTICE.dropped);
  }

  #arm(delay_ms: number, fire: () => void): void {
    this.#timer.cancel();
    this.#timer = this.#options.clock.setTimer(delay_ms, fire);
  }

  /** @param fault what ended the session; null when it has run its course, or was cancelled */
  #finish(fault: Fault | null): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#timer.cancel();
    this.#burst?.cancel();
    this.#filler.stop();
    this.#held = [];
    const isCutOff = this.#roster.live().length > 0;
    if (isCutOff) this.#voice.notify(EVERYBODY, NOTICE.aborted);
    this.#options.onEnd(this.#report(fault));
  }

  #report(fault: Fault | null): MulticastReport {
    const { end } = this.#filler;
    const receivers = this.#roster.all().map(receiverReport);
    const image = end === null ? null : { size_bytes: end.size_bytes, sha256: end.sha256.toString('hex') };
    const took_ms = span_ms(this.#startedAt, this.#options.clock.now());
    return { receivers, fault, image, sent_bytes: this.#voice.sent_bytes, took_ms };
  }
}
