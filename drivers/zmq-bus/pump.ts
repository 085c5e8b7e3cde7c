import type { Parts } from '../../core/bus/frame.js';

/** What a pump needs of a socket of zeromq.js. */
interface Ends {
  readonly closed: boolean;
  close(): void;
}
export interface Readable extends Ends {
  receive(): Promise<readonly Buffer[]>;
}
export interface Writable extends Ends {
  send(message: (string | Buffer)[]): Promise<void>;
}

/**
 * Reads a socket until it is closed. One loop a socket: zeromq.js refuses a second receive with EBUSY.
 * @returns once the socket is closed
 */
export async function receiving(socket: Readable, take: (message: readonly Buffer[]) => void): Promise<void> {
  while (!socket.closed) {
    const message = await socket.receive().catch(() => null);
    // Nothing came within the receive timeout, or the socket was closed; its own errors are among them.
    if (message !== null) take(message);
  }
}

/** Messages that may wait for the wire. All that the bus sends may be lost: it is sent, or asked for, again. */
const QUEUE_MOST = 1_024;

/** Writes to a socket one message after the other: zeromq.js refuses a second send with EBUSY. */
export class Outlet {
  readonly #socket: Writable;
  #queue: (string | Buffer)[][] = [];
  #isSending = false;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  send(message: (string | Buffer)[]): void {
    if (this.#queue.length >= QUEUE_MOST || this.#socket.closed) return;
    this.#queue.push(message);
    void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#queue.length > 0 && !this.#socket.closed) {
      const queue = this.#queue;
      this.#queue = [];
      for (const message of queue) await this.#socket.send(message).catch(() => {});
    }
    this.#isSending = false;
  }
}

export function textParts(message: readonly Buffer[]): Parts {
  return message.map((part) => part.toString('utf8'));
}
