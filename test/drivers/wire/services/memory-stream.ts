import type { ByteStream } from '../../../../drivers/wire/byte-stream.js';

/** A connection in memory: what the peer says is given by `say`, what it is told collects in `told`, when it reads. */
export class MemoryStream implements ByteStream {
  readonly remote = { address: '10.99.0.101', port: 1024 };
  readonly local = { address: '10.99.0.1', port: 80 };
  isEnded = false;
  isAborted = false;
  /** The most that ever waited for the peer to read. */
  most_bytes = 0;
  readonly #mark_bytes: number;
  #isPaused = false;
  #isFull = false;
  #unread: Buffer[] = [];
  #unread_bytes = 0;
  readonly #read: Buffer[] = [];
  readonly #unheard: Buffer[] = [];
  #data: (bytes: Buffer) => void = () => undefined;
  #drain: () => void = () => undefined;
  #end: () => void = () => undefined;
  #close: () => void = () => undefined;

  constructor(mark_bytes = 1000) {
    this.#mark_bytes = mark_bytes;
  }

  say(bytes: Buffer): void {
    this.#unheard.push(bytes);
    this.#deliver();
  }

  finish(): void {
    this.#end();
  }

  /** Reads until nothing more comes. */
  told(): Buffer {
    while (this.#unread.length > 0) {
      this.#read.push(...this.#unread);
      this.#unread = [];
      this.#unread_bytes = 0;
      if (!this.#isFull) continue;
      this.#isFull = false;
      this.#drain();
    }
    return Buffer.concat(this.#read);
  }

  write(bytes: Buffer): boolean {
    if (this.isEnded || this.isAborted) throw new Error('written to after the end');
    this.#unread.push(bytes);
    this.#unread_bytes += bytes.length;
    this.most_bytes = Math.max(this.most_bytes, this.#unread_bytes);
    this.#isFull = this.#unread_bytes >= this.#mark_bytes;
    return !this.#isFull;
  }

  cork(): void {}
  uncork(): void {}

  end(): void {
    this.isEnded = true;
  }

  abort(): void {
    this.isAborted = true;
    this.#close();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#data = listener;
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  onEnd(listener: () => void): void {
    this.#end = listener;
  }

  onClose(listener: () => void): void {
    this.#close = listener;
  }

  #deliver(): void {
    while (!this.#isPaused) {
      const bytes = this.#unheard.shift();
      if (bytes === undefined) return;
      this.#data(bytes);
    }
  }
}
