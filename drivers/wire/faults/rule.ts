import type { Random } from '../../../core/random.js';
import type { Mac } from '../address.js';
import type { DhcpMessageName } from '../observer/dhcp-message.js';
import type { ArpMessage, FrameFacts, TcpMessage, TftpMessage } from './frame-facts.js';

/** Which frames. Without a message, all of the protocol. */
type Subject =
  | { readonly protocol: 'any' | 'udp' }
  | { readonly protocol: 'arp'; readonly message?: ArpMessage }
  | { readonly protocol: 'dhcp'; readonly message?: DhcpMessageName }
  | { readonly protocol: 'tftp'; readonly message?: TftpMessage }
  | { readonly protocol: 'tcp' | 'iscsi'; readonly message?: TcpMessage };

interface Window {
  /** Only frames from, or to, this address. Where a DHCP answer is broadcast, its client counts. */
  readonly from?: Mac;
  readonly to?: Mac;
  /** From this matching frame on, counted from 1; given alone, this one only. */
  readonly nth?: number;
  /** How many matching frames, from `nth` on. */
  readonly count?: number;
  /** Of those, each with this probability. */
  readonly chance?: number;
}

export type FrameMatch = Subject & Window;

export type FaultAction =
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly delay_ms: number }
  | { readonly kind: 'duplicate' }
  /** Flips one bit of the payload; with `isMended` the UDP or TCP checksum is made right, so that it is believed. */
  | { readonly kind: 'corrupt'; readonly isMended: boolean }
  /** Holds a frame until the next matching one has passed, at most HOLD_MS. */
  | { readonly kind: 'reorder' };

export interface FaultRule {
  readonly match: FrameMatch;
  readonly action: FaultAction;
}

/** Counts the frames that match, and says for each whether the rule strikes. */
export class Trigger {
  readonly #match: FrameMatch;
  readonly #random: Random;
  #matched = 0;

  constructor(match: FrameMatch, random: Random) {
    this.#match = match;
    this.#random = random;
  }

  isMatch(facts: FrameFacts): boolean {
    const { protocol, from, to } = this.#match;
    const message = 'message' in this.#match ? this.#match.message : undefined;
    return (
      facts.protocols.includes(protocol) &&
      (message === undefined || facts.message === message) &&
      (from === undefined || facts.from === from) &&
      (to === undefined || facts.to === to)
    );
  }

  /** To be asked once for every frame that matches. */
  strikes(): boolean {
    const { nth = 1, chance = 1 } = this.#match;
    const count = this.#match.count ?? (this.#match.nth === undefined ? Number.POSITIVE_INFINITY : 1);
    this.#matched++;
    if (this.#matched < nth || this.#matched >= nth + count) return false;
    return chance >= 1 || this.#random.next() < chance;
  }
}
