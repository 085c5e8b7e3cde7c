import { createHash } from 'node:crypto';
import { BLOCK_BYTES, DATA_HEADER_BYTES, encode, TAG_BYTES, WINDOW_BLOCKS, type StreamEnd } from './message.js';
import type { Seal } from './seal.js';
import { SentWindow } from './sent-window.js';

/** An image as a stream that is read when there is room. Null: it is over; a rejection: it cannot be read on. */
export interface ImageSource {
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}

export interface FillerOptions {
  readonly source: ImageSource;
  readonly session: Buffer;
  readonly seal: Seal;
  /** A window is ready, or the end is known. */
  readonly onReady: () => void;
  readonly onFailed: (why: string) => void;
}

/** Windows that are read ahead: one is filled while another one waits to be sent. */
const MOST_READY = 2;

/** Cuts an image into sealed windows, never more than two ahead of who takes them. */
export class Filler {
  readonly #options: FillerOptions;
  readonly #ready: SentWindow[] = [];
  readonly #hash = createHash('sha256');
  #blocks: Buffer[] = [];
  /** Bytes of the last block, and of what was read but does not fit into the started window. */
  #filled_bytes = BLOCK_BYTES;
  #left: Uint8Array = new Uint8Array(0);
  #number = 0;
  #size_bytes = 0;
  #isReading = false;
  #isStopped = false;
  #end: StreamEnd | null = null;

  constructor(options: FillerOptions) {
    this.#options = options;
  }

  /** Null until the last byte was read. */
  get end(): StreamEnd | null {
    return this.#end;
  }

  get read_bytes(): number {
    return this.#size_bytes;
  }

  get ready(): number {
    return this.#ready.length;
  }

  take(): SentWindow | null {
    const window = this.#ready.shift() ?? null;
    this.fill();
    return window;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Reads until two windows are ready, or until the source makes us wait. */
  fill(): void {
    while (!this.#isReading && !this.#isStopped && this.#end === null && this.#ready.length < MOST_READY) {
      if (this.#left.length > 0) this.#cut();
      else this.#read();
    }
  }

  #read(): void {
    this.#isReading = true;
    let chunk: Uint8Array | null | Promise<Uint8Array | null>;
    try {
      chunk = this.#options.source.read();
    } catch (thrown) {
      return this.#fail(thrown);
    }
    if (!(chunk instanceof Promise)) return this.#accept(chunk);
    chunk.then(
      (bytes) => {
        this.#accept(bytes);
        this.fill();
        if (!this.#isStopped) this.#options.onReady();
      },
      (thrown: unknown) => this.#fail(thrown),
    );
  }

  #accept(chunk: Uint8Array | null): void {
    this.#isReading = false;
    if (this.#isStopped) return;
    if (chunk === null) {
      if (this.#blocks.length > 0) this.#complete();
      this.#end = { size_bytes: this.#size_bytes, sha256: this.#hash.digest() };
      return;
    }
    this.#hash.update(chunk);
    this.#size_bytes += chunk.length;
    this.#left = chunk;
  }

  #fail(thrown: unknown): void {
    this.#isReading = false;
    if (this.#isStopped) return;
    this.stop();
    this.#options.onFailed(thrown instanceof Error ? thrown.message : String(thrown));
  }

  /** Moves what was read into blocks, up to the end of the window. */
  #cut(): void {
    while (this.#left.length > 0) {
      if (this.#filled_bytes === BLOCK_BYTES) {
        if (this.#blocks.length === WINDOW_BLOCKS) return this.#complete();
        this.#blocks.push(this.#emptyBlock());
        this.#filled_bytes = 0;
      }
      const part = this.#left.subarray(0, BLOCK_BYTES - this.#filled_bytes);
      this.#blocks.at(-1)?.set(part, DATA_HEADER_BYTES + this.#filled_bytes);
      this.#filled_bytes += part.length;
      this.#left = this.#left.subarray(part.length);
    }
    if (this.#blocks.length === WINDOW_BLOCKS && this.#filled_bytes === BLOCK_BYTES) this.#complete();
  }

  #emptyBlock(): Buffer {
    const payload = Buffer.alloc(BLOCK_BYTES);
    const block = this.#blocks.length;
    return encode({ kind: 'data', window: this.#number, block, payload }, this.#options.session);
  }

  #complete(): void {
    const last = this.#blocks.pop();
    // Only the stream's last block can be shorter than the others.
    if (last !== undefined) this.#blocks.push(last.subarray(0, DATA_HEADER_BYTES + this.#filled_bytes + TAG_BYTES));
    for (const block of this.#blocks) this.#options.seal.seal(block);
    this.#ready.push(new SentWindow(this.#number, this.#blocks));
    this.#number += 1;
    this.#blocks = [];
    this.#filled_bytes = BLOCK_BYTES;
  }
}
