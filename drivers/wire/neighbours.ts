import type { Clock } from '../../core/clock.js';
import type { Ipv4, Mac } from './address.js';

/** As many as the switch learns. */
const MOST_NEIGHBOURS = 4096;
/** Packets kept for one address while it is asked for; RFC 1122, section 2.3.2.2 wants at least one. */
const MOST_WAITING = 3;
/** RFC 1122, section 2.3.2.1: at most one ARP request a second for one address. */
const ASK_AGAIN_MS = 1000;

interface Asked {
  readonly askedAt: number;
  readonly packets: Buffer[];
}

/** Who has which IPv4 address on our link: learned from what was heard, asked for where nothing was. Bounded. */
export class Neighbours {
  readonly #clock: Clock;
  readonly #ask: (address: Ipv4) => void;
  readonly #macs = new Map<Ipv4, Mac>();
  readonly #asked = new Map<Ipv4, Asked>();

  /** @param ask sends an ARP request */
  constructor(clock: Clock, ask: (address: Ipv4) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  find(address: Ipv4): Mac | undefined {
    return this.#macs.get(address);
  }

  /** @returns the packets that waited for this address */
  learn(address: Ipv4, mac: Mac): readonly Buffer[] {
    if (this.#macs.get(address) !== mac) {
      this.#macs.delete(address);
      dropOldest(this.#macs, MOST_NEIGHBOURS);
      this.#macs.set(address, mac);
    }
    if (this.#asked.size === 0) return NOTHING;
    const asked = this.#asked.get(address);
    this.#asked.delete(address);
    return asked?.packets ?? NOTHING;
  }

  /** Keeps a packet for an address that nothing is known of, and asks for it. @returns false when it was dropped */
  hold(address: Ipv4, packet: Buffer): boolean {
    const now = this.#clock.now();
    const asked = this.#asked.get(address);
    if (asked !== undefined && now - asked.askedAt < ASK_AGAIN_MS) {
      if (asked.packets.length >= MOST_WAITING) return false;
      asked.packets.push(packet);
      return true;
    }
    // What waited a second unanswered is stale: its sender has sent it again by now.
    this.#asked.delete(address);
    dropOldest(this.#asked, MOST_NEIGHBOURS);
    this.#asked.set(address, { askedAt: now, packets: [packet] });
    this.#ask(address);
    return true;
  }
}

const NOTHING: readonly Buffer[] = [];

function dropOldest<Value>(map: Map<Ipv4, Value>, most: number): void {
  if (map.size < most) return;
  for (const address of map.keys()) {
    map.delete(address);
    return;
  }
}
