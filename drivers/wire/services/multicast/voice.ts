import { encode, type SenderMessage } from './message.js';
import type { Seal } from './seal.js';

/** Ethernet 14, IPv4 20, UDP 8. */
export const UNDER_BYTES = 42;

export interface VoiceOptions {
  readonly session: Buffer;
  readonly seal: Seal;
  readonly send: (datagram: Buffer) => void;
}

/** All that the sender says to the group, and how much that was. */
export class Voice {
  readonly #options: VoiceOptions;
  #sent_bytes = 0;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  /** With what lies under each datagram. */
  get sent_bytes(): number {
    return this.#sent_bytes;
  }

  say(message: SenderMessage): void {
    const { seal, session } = this.#options;
    this.send(seal.seal(encode(message, session)));
  }

  notify(receiver: number, notice: number): void {
    this.say({ kind: 'notice', receiver, notice });
  }

  /** @param datagram sealed already */
  send(datagram: Buffer): void {
    this.#sent_bytes += datagram.length + UNDER_BYTES;
    this.#options.send(datagram);
  }
}
