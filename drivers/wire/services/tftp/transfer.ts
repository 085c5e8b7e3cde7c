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

/** First wait for an acknowledgement, doubled at each further one; a guest under full load answers within some 100 ms. */
const FIRST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 8000;
/** 1 + 2 + 4 + 8 + 8 + 8 s without any answer, then the client is taken for gone. */
const MOST_TIMEOUTS = 6;
/**
 * A client that says the same again asks for what comes next: it has not got it. It is heard when what we sent must have
 * reached it long ago, so that a mere duplicate never makes us send twice (RFC 1123, section 4.2.3.1: Sorcerer's
 * Apprentice). iPXE repeats itself after 230 ms (measured).
 */
const DUPLICATE_GUARD_MS = 100;

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
    this.sendWindow();
  }

  cancel(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  sendWindow(): void {
    const { terms, clock, send } = this.#options;
    this.#sentAt = clock.now();
    this.#arm();
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

  #onRepeated(): void {
    if (this.#options.clock.now() - this.#sentAt >= DUPLICATE_GUARD_MS) this.sendWindow();
  }

  #arm(): void {
    this.#timer?.cancel();
    const wait_ms =
      this.#options.terms.timeout_ms ?? Math.min(FIRST_TIMEOUT_MS * 2 ** this.#timeouts, LONGEST_TIMEOUT_MS);
    this.#timer = this.#options.clock.setTimer(wait_ms, () => this.#onTimeout());
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
