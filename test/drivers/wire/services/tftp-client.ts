import type { Clock, Timer } from '../../../../core/clock.js';
import { requestPacket, ackPacket, errorPacket, ERROR, OPCODE } from '../../../../drivers/wire/services/tftp/packet.js';

export interface TftpClientOptions {
  readonly clock: Clock;
  readonly file: string;
  readonly options: ReadonlyMap<string, string>;
  /** Sends to a port of the server. */
  readonly send: (port: number, payload: Buffer) => void;
}

/** A client as RFC 1350, 2347 and 7440 want it, for tests: it repeats itself after 500 ms without news. */
export interface TftpClient {
  /** Takes what came from a port of the server. */
  receive(port: number, payload: Buffer): void;
  /** The whole file, null before it is there. */
  result(): Buffer | null;
  /** The text of an ERROR that ended the transfer. */
  error(): string | null;
  /** The option acknowledgement as it came, '' for none. */
  granted(): string;
}

const AGAIN_MS = 500;

export function startTftpClient(options: TftpClientOptions): TftpClient {
  return new Client(options);
}

class Client implements TftpClient {
  readonly #options: TftpClientOptions;
  #port: number | null = null;
  #blockSize_bytes = 512;
  #window_blocks = 1;
  #granted = '';
  #expected = 1;
  #inWindow = 0;
  #parts: Buffer[] = [];
  #isWhole = false;
  #error: string | null = null;
  #timer: Timer | null = null;

  constructor(options: TftpClientOptions) {
    this.#options = options;
    this.#sayAgain();
  }

  result(): Buffer | null {
    return this.#isWhole ? Buffer.concat(this.#parts) : null;
  }

  error(): string | null {
    return this.#error;
  }

  granted(): string {
    return this.#granted;
  }

  receive(port: number, payload: Buffer): void {
    const opcode = payload.readUInt16BE(0);
    if (this.#port !== null && port !== this.#port) {
      if (opcode !== OPCODE.error) this.#options.send(port, errorPacket(ERROR.unknownTransfer, 'not mine'));
      return;
    }
    if (opcode === OPCODE.error) this.#fail(payload.toString('latin1', 4, payload.length - 1));
    else if (opcode === OPCODE.optionAck) this.#onOptions(port, payload);
    else if (opcode === OPCODE.data) this.#onData(port, payload);
  }

  #onOptions(port: number, payload: Buffer): void {
    if (this.#port === null) {
      this.#port = port;
      this.#granted = payload.toString('latin1', 2).replaceAll('\0', ' ').trim();
      const words = this.#granted.split(' ');
      const valueOf = (name: string): number | null =>
        words.includes(name) ? Number(words[words.indexOf(name) + 1]) : null;
      this.#blockSize_bytes = valueOf('blksize') ?? 512;
      this.#window_blocks = valueOf('windowsize') ?? 1;
    }
    if (this.#expected === 1) this.#acknowledge();
  }

  #onData(port: number, payload: Buffer): void {
    this.#port ??= port;
    const ahead = (payload.readUInt16BE(2) - this.#expected) & 0xffff;
    if (this.#isWhole || ahead >= 0x8000) return this.#acknowledge();
    // A gap: say where it begins, and the server goes back (RFC 7440, section 4).
    if (ahead > 0) return this.#acknowledge();
    this.#parts.push(Buffer.from(payload.subarray(4)));
    this.#expected += 1;
    this.#inWindow += 1;
    this.#isWhole = payload.length - 4 < this.#blockSize_bytes;
    if (this.#isWhole || this.#inWindow >= this.#window_blocks) this.#acknowledge();
    else this.#arm();
  }

  #acknowledge(): void {
    this.#inWindow = 0;
    if (this.#port !== null) this.#options.send(this.#port, ackPacket(this.#expected - 1));
    this.#arm();
  }

  #fail(text: string): void {
    this.#error = text;
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer?.cancel();
    // Whoever has it all waits for repetitions only (RFC 1350, section 6: dallying).
    if (!this.#isWhole) this.#timer = this.#options.clock.setTimer(AGAIN_MS, () => this.#sayAgain());
  }

  #sayAgain(): void {
    if (this.#port !== null) return this.#acknowledge();
    this.#options.send(69, requestPacket(this.#options.file, 'octet', this.#options.options));
    this.#arm();
  }
}
