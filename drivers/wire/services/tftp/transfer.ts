import type { Clock, Timer } from '../../../../core/clock.js';
import type { TftpFile } from './file.js';
import type { Terms } from './negotiate.js';
import { dataPacket, optionAckPacket } from './packet.js';

export interface TransferOptions {
  readonly clock: Clock;
  readonly file: TftpFile;
  readonly terms: Terms;
  readonly send: (payload: Buffer) => void;
  /** The client has acknowledged the last block, or has not answered any more. Nothing is sent after that. */
  readonly onEnd: (outcome: 'loaded' | 'abandoned') => void;
}

/** One file on its way to one client. */
export interface Transfer {
  /** Sends what the client waits for: to begin, and when it asks for the file again in the same words. */
  sendWindow(): void;
  /** True once the client has acknowledged anything. */
  hasProgressed(): boolean;
  /** @param block 16 bits of the wire */
  acknowledge(block: number): void;
  /** Ends without a word, as after an ERROR. */
  cancel(): void;
}

/** First wait for an acknowledgement, then doubled; a guest under full load answers within some 100 ms. */
const FIRST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 8000;
/** 1 + 2 + 4 + 8 + 8 + 8 s without any answer, then the client is taken for gone. */
const MOST_TIMEOUTS = 6;
/**
 * What we sent so lately is still on its way, so it is not sent again because of a word that may only be a duplicate
 * (RFC 1123, section 4.2.3.1: Sorcerer's Apprentice) or out of order. Guests answer within some 10 ms; iPXE repeats
 * itself after 230 ms (measured).
 */
const RESEND_GUARD_MS = 50;

/** A transfer that begins with its first `sendWindow`. Blocks count from 1 and past 65535 go on from 0. */
export function openTransfer(options: TransferOptions): Transfer {
  return new Sending(options);
}

class Sending implements Transfer {
  readonly #options: TransferOptions;
  /** The last block is shorter than all others, so it may be empty (RFC 1350, section 6). */
  readonly #last: number;
  /** All up to here are acknowledged; -1: the option acknowledgement is not. */
  #acknowledged: number;
  #sentUpTo = 0;
  #sentAt = 0;
  #timeouts = 0;
  #timer: Timer | null = null;
  #isOver = false;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#last = Math.floor(options.file.size_bytes / options.terms.blockSize_bytes) + 1;
    this.#acknowledged = options.terms.granted.size > 0 ? -1 : 0;
  }

  hasProgressed(): boolean {
    return this.#acknowledged > (this.#options.terms.granted.size > 0 ? -1 : 0);
  }

  acknowledge(block: number): void {
    if (this.#isOver) return;
    const base = Math.max(this.#acknowledged, 0);
    // The nearest block number with these low 16 bits that is not below what is acknowledged.
    const ahead = (block - base) & 0xffff;
    if (this.#acknowledged >= 0 && ahead === 0) return this.#onRepeated();
    if (base + ahead > this.#sentUpTo) return;
    this.#acknowledged = base + ahead;
    this.#timeouts = 0;
    if (this.#acknowledged === this.#last) return this.#end('loaded');
    if (this.#acknowledged === this.#sentUpTo) this.sendWindow();
    else this.#goBack();
  }

  cancel(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  sendWindow(): void {
    const { terms, clock, send } = this.#options;
    this.#sentAt = clock.now();
    this.#timer?.cancel();
    this.#timer = clock.setTimer(this.#patience_ms(), () => this.#onTimeout());
    if (this.#acknowledged < 0) return send(optionAckPacket(terms.granted));
    const from = this.#acknowledged;
    const end = Math.min(from + terms.window_blocks, this.#last);
    this.#sentUpTo = Math.max(this.#sentUpTo, end);
    // A client on this very wire may answer before `send` returns; the window has moved on then.
    for (let block = from + 1; block <= end && this.#acknowledged === from && !this.#isOver; block++) {
      send(this.#data(block));
    }
  }

  #data(block: number): Buffer {
    const { file, terms } = this.#options;
    const offset = (block - 1) * terms.blockSize_bytes;
    const length = Math.min(terms.blockSize_bytes, file.size_bytes - offset);
    return dataPacket(block, length > 0 ? file.read(offset, length) : Buffer.alloc(0));
  }

  /** Heard when nothing is on its way any more: the client has not got what comes next. */
  #onRepeated(): void {
    if (this.#guardLeft_ms() <= 0) this.sendWindow();
  }

  /** The client has a part of the window and misses what follows (RFC 7440, section 4), or will say so again. */
  #goBack(): void {
    const left_ms = this.#guardLeft_ms();
    if (left_ms <= 0) return this.sendWindow();
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(left_ms, () => this.sendWindow());
  }

  #guardLeft_ms(): number {
    return this.#sentAt + RESEND_GUARD_MS - this.#options.clock.now();
  }

  #patience_ms(): number {
    const backedOff_ms = Math.min(FIRST_TIMEOUT_MS * 2 ** this.#timeouts, LONGEST_TIMEOUT_MS);
    return this.#options.terms.timeout_ms ?? backedOff_ms;
  }

  #onTimeout(): void {
    if (this.#isOver) return;
    this.#timeouts += 1;
    if (this.#timeouts >= MOST_TIMEOUTS) this.#end('abandoned');
    else this.sendWindow();
  }

  #end(outcome: 'loaded' | 'abandoned'): void {
    this.cancel();
    this.#options.onEnd(outcome);
  }
}
