import type { Mac } from './address.js';

/** IEEE 802.1Q-2018, table 8-6: the recommended ageing time. */
export const AGEING_MS = 300_000;
/** A rack has some hundred addresses; a guest that makes addresses up must not fill the memory. */
export const MOST_ADDRESSES = 4096;

interface Place<Port> {
  readonly port: Port;
  readonly seenAt: number;
}

/** Which port an address was last seen behind (`now`: Clock instants). Bounded: the one learned longest ago goes. */
export class MacTable<Port> {
  readonly #places = new Map<Mac, Place<Port>>();

  get size(): number {
    return this.#places.size;
  }

  learn(mac: Mac, port: Port, now: number): void {
    const known = this.#places.get(mac);
    // Renewing only once a second keeps the common frame free of allocation; ageing is 300 times coarser.
    if (known !== undefined && known.port === port && now - known.seenAt < 1000) return;
    this.#places.delete(mac);
    if (this.#places.size >= MOST_ADDRESSES) this.#forgetOldest();
    this.#places.set(mac, { port, seenAt: now });
  }

  /** @returns undefined when the address was never seen, or not for AGEING_MS */
  find(mac: Mac, now: number): Port | undefined {
    const place = this.#places.get(mac);
    return place === undefined || now - place.seenAt >= AGEING_MS ? undefined : place.port;
  }

  /** Everything behind a port that was unplugged. */
  forgetPort(port: Port): void {
    for (const [mac, place] of this.#places) if (place.port === port) this.#places.delete(mac);
  }

  #forgetOldest(): void {
    for (const mac of this.#places.keys()) {
      this.#places.delete(mac);
      return;
    }
  }
}
