import { createHash } from 'node:crypto';
import type { Clock } from '../../../../core/clock.js';
import {
  BITMAP_BYTES,
  blocksOf,
  decode,
  encode,
  EVERYBODY,
  MOST_STATUS_WINDOWS,
  NOTICE,
  STANDING,
  WINDOW_BLOCKS,
  windowsOf,
  type ReceiverMessage,
  type SenderMessage,
  type StreamEnd,
} from '../../../../drivers/wire/services/multicast/message.js';
import type { SessionSecret } from '../../../../drivers/wire/services/multicast/plan.js';
import { makeSeal, type Seal } from '../../../../drivers/wire/services/multicast/seal.js';

export interface ReceiverOptions {
  readonly clock: Clock;
  readonly secret: SessionSecret;
  readonly number: number;
  readonly capacity_windows: number;
  readonly send: (datagram: Buffer) => void;
  /** Whether a datagram bears the session's tag; looked at each time unless told. */
  readonly isRight?: (datagram: Buffer) => boolean;
  /** How long a window takes to be written. */
  readonly write_ms: number;
}

/** A plain receiver of multicast sessions, as slow and clear as it may be: what the sender is held against. */
export class MulticastReceiver {
  outcome: 'receiving' | 'complete' | 'damaged' | 'late' | 'dropped' | 'aborted' = 'receiving';
  endedAt = 0;
  /** Datagrams that were not of this session, or not whole. */
  refused = 0;
  isDead = false;
  readonly #options: ReceiverOptions;
  readonly #seal: Seal;
  readonly #written: Buffer[] = [];
  readonly #blocks = new Map<number, Buffer>();
  #base = 0;
  #delivered = 0;
  #poll = 0;
  #sent_windows = 0;
  #end: StreamEnd | null = null;
  #isWriting = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#seal = makeSeal(options.secret.key);
    this.#join();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#written);
  }

  receive(datagram: Buffer): void {
    if (this.isDead) return;
    const { isRight = this.#seal.isRight } = this.#options;
    const message = isRight(datagram) ? decode(datagram, this.#options.secret.session) : null;
    if (message === null) this.refused += 1;
    else if (message.kind === 'data') this.#takeData(message);
    else if (message.kind === 'poll') this.#takePoll(message);
    else if (message.kind === 'notice') this.#takeNotice(message);
  }

  #join(): void {
    if (this.#poll > 0 || this.isDead || this.outcome !== 'receiving') return;
    const { number: receiver, capacity_windows } = this.#options;
    this.#say({ kind: 'join', receiver, capacity_windows });
    this.#options.clock.setTimer(500, () => this.#join());
  }

  #takeData({ window, block, payload }: Extract<SenderMessage, { kind: 'data' }>): void {
    const key = window * WINDOW_BLOCKS + block;
    if (window < this.#base || window >= this.#delivered + this.#options.capacity_windows) return;
    if (!this.#blocks.has(key)) this.#blocks.set(key, Buffer.from(payload));
    this.#advance();
  }

  #takePoll({ poll, sent_windows, end }: Extract<SenderMessage, { kind: 'poll' }>): void {
    if (poll <= this.#poll) return;
    this.#poll = poll;
    this.#sent_windows = sent_windows;
    if (end !== null) this.#end ??= { size_bytes: end.size_bytes, sha256: Buffer.from(end.sha256) };
    this.#advance();
    this.#sendStatus();
  }

  #takeNotice({ receiver, notice }: Extract<SenderMessage, { kind: 'notice' }>): void {
    if (this.outcome !== 'receiving' || (receiver !== this.#options.number && receiver !== EVERYBODY)) return;
    if (notice === NOTICE.late) this.#finish('late');
    else if (notice === NOTICE.dropped) this.#finish('dropped');
    else if (notice === NOTICE.aborted) this.#finish('aborted');
  }

  #advance(): void {
    while (this.#isWhole(this.#base)) this.#base += 1;
    this.#write();
    if (this.outcome !== 'receiving' || this.#end === null) return;
    if (this.#delivered < windowsOf(this.#end.size_bytes)) return;
    const isRight = createHash('sha256').update(this.bytes).digest().equals(this.#end.sha256);
    this.#finish(isRight ? 'complete' : 'damaged');
    this.#sendStatus();
  }

  #write(): void {
    if (this.#isWriting || this.#delivered >= this.#base) return;
    this.#isWriting = true;
    this.#options.clock.setTimer(this.#options.write_ms, () => {
      this.#isWriting = false;
      if (this.isDead) return;
      for (let block = 0; block < this.#blocks_of(this.#delivered); block++) {
        const key = this.#delivered * WINDOW_BLOCKS + block;
        this.#written.push(this.#blocks.get(key) ?? Buffer.alloc(0));
        this.#blocks.delete(key);
      }
      this.#delivered += 1;
      this.#advance();
    });
  }

  #blocks_of(window: number): number {
    return this.#end === null ? WINDOW_BLOCKS : blocksOf(window, this.#end.size_bytes);
  }

  #isWhole(window: number): boolean {
    const blocks = this.#blocks_of(window);
    for (let block = 0; block < blocks; block++) if (!this.#has(window, block)) return false;
    return blocks > 0;
  }

  #has(window: number, block: number): boolean {
    return this.#blocks.has(window * WINDOW_BLOCKS + block);
  }

  #sendStatus(): void {
    const windows = Math.min(MOST_STATUS_WINDOWS, Math.max(0, this.#sent_windows - this.#base));
    const lacks = Buffer.alloc(windows * BITMAP_BYTES);
    for (let index = 0; index < windows; index++) {
      for (let block = 0; block < this.#blocks_of(this.#base + index); block++) {
        if (this.#has(this.#base + index, block)) continue;
        const at = index * BITMAP_BYTES + (block >> 3);
        lacks[at] = (lacks[at] ?? 0) | (1 << (block & 7));
      }
    }
    const standings = { complete: STANDING.complete, damaged: STANDING.damaged };
    const standing =
      this.outcome === 'complete' || this.outcome === 'damaged' ? standings[this.outcome] : STANDING.receiving;
    const place = { poll: this.#poll, base: this.#base, delivered: this.#delivered, standing };
    this.#say({ kind: 'status', receiver: this.#options.number, ...place, lacks });
  }

  #finish(outcome: MulticastReceiver['outcome']): void {
    this.outcome = outcome;
    this.endedAt = this.#options.clock.now();
  }

  #say(message: ReceiverMessage): void {
    this.#options.send(this.#seal.seal(encode(message, this.#options.secret.session)));
  }
}
