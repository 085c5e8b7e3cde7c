import type { Clock } from '../../../../core/clock.js';
import type { Ipv4, Mac } from '../../address.js';

/** The client identifier where the client gave one of its own (RFC 2131, section 4.2), else its MAC. */
export type ClientKey = string | number;

/** Who wants an address. */
export interface Lessee {
  readonly key: ClientKey;
  readonly mac: Mac;
  /** The only address it may have; null: one of the range. */
  readonly fixed: Ipv4 | null;
}

export interface Lease {
  readonly address: Ipv4;
  /** The MAC it was given to, for `declined` the one that found it in use. */
  readonly mac: Mac;
  readonly state: 'offered' | 'bound' | 'declined';
  readonly expiresAt: number;
}

export interface AddressRange {
  readonly first: Ipv4;
  /** Included. */
  readonly last: Ipv4;
}

export interface LeaseOptions {
  readonly clock: Clock;
  readonly range: AddressRange | null;
  readonly lease_ms: number;
  /** What a MAC may have by the site file now: a lease of an address that is no longer its own is void. */
  readonly fixedOf: (mac: Mac) => Ipv4 | null;
}

/** Who has which address. One belongs to one client at a time; the table never outgrows the range and the nodes. */
export interface LeaseTable {
  /** Sets an address aside for this client: its own, else the one it wants, else a free one. Null: there is none. */
  offer(lessee: Lessee, wanted: Ipv4 | null): Ipv4 | null;
  /** Gives or prolongs. False: the address is another's, or not for this client, or the client is bound to another. */
  bind(lessee: Lessee, address: Ipv4): boolean;
  release(lessee: Lessee, address: Ipv4): void;
  /** The client found the address in use: nobody gets it for a while. A fixed address has no substitute. */
  decline(lessee: Lessee, address: Ipv4): void;
  /** The offer was not taken up. */
  withdraw(lessee: Lessee): void;
  /** All that have not expired. */
  list(): readonly Lease[];
}

/** A client that hears nothing repeats itself after 4, 8, 16 and 32 s (RFC 2131, section 4.1). */
const OFFER_MS = 60_000;
/** dnsmasq's DECLINE_BACKOFF is 600 s as well. */
const QUARANTINE_MS = 600_000;

interface Entry extends Lease {
  readonly key: ClientKey;
  readonly isFixed: boolean;
}

export function openLeases(options: LeaseOptions): LeaseTable {
  return new Table(options);
}

class Table implements LeaseTable {
  readonly #options: LeaseOptions;
  readonly #store: Store;
  #neverGiven: number;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#store = openStore((address) => isWithin(options.range, address));
    this.#neverGiven = options.range?.first ?? 0;
  }

  offer(lessee: Lessee, wanted: Ipv4 | null): Ipv4 | null {
    const address = this.#choose(lessee, wanted);
    if (address === null) return null;
    const before = this.#store.at(address);
    // What is bound stays bound: asking anew must not shorten a lease.
    const staysBound = this.#isOwn(lessee, address) && before?.state === 'bound' && this.#isLive(before);
    if (!staysBound) this.#put(lessee, address, 'offered');
    return address;
  }

  bind(lessee: Lessee, address: Ipv4): boolean {
    if (!this.#isFor(lessee, address) || this.#isBoundElsewhere(lessee, address)) return false;
    if (!this.#isOwn(lessee, address) && !this.#isFree(address)) return false;
    this.#put(lessee, address, 'bound');
    return true;
  }

  release(lessee: Lessee, address: Ipv4): void {
    if (this.#isOwn(lessee, address)) this.#store.drop(address);
  }

  decline(lessee: Lessee, address: Ipv4): void {
    if (!this.#isOwn(lessee, address)) return;
    this.#store.drop(address);
    if (lessee.fixed === null) this.#put(lessee, address, 'declined');
  }

  withdraw(lessee: Lessee): void {
    const entry = this.#store.of(lessee.key);
    if (entry?.state === 'offered') this.#store.drop(entry.address);
  }

  list(): readonly Lease[] {
    return this.#store.all().filter((entry) => this.#isLive(entry));
  }

  #choose(lessee: Lessee, wanted: Ipv4 | null): Ipv4 | null {
    const own = lessee.fixed ?? this.#store.of(lessee.key)?.address ?? null;
    for (const address of [own, wanted]) {
      if (address === null || !this.#isFor(lessee, address)) continue;
      if (this.#isOwn(lessee, address) || this.#isFree(address)) return address;
    }
    return lessee.fixed === null ? this.#unused() : null;
  }

  #unused(): Ipv4 | null {
    const { range } = this.#options;
    while (range !== null && this.#neverGiven <= range.last) {
      const address = this.#neverGiven as Ipv4;
      this.#neverGiven += 1;
      if (this.#store.at(address) === undefined) return address;
    }
    return this.#store.released() ?? this.#store.oldest((entry) => !this.#isLive(entry));
  }

  #put(lessee: Lessee, address: Ipv4, state: Lease['state']): void {
    const { clock, lease_ms } = this.#options;
    const span_ms = { offered: OFFER_MS, bound: lease_ms, declined: QUARANTINE_MS }[state];
    const { key, mac, fixed } = lessee;
    this.#store.put({ address, mac, key, state, isFixed: fixed !== null, expiresAt: clock.now() + span_ms });
  }

  #isLive(entry: Entry): boolean {
    const { clock, fixedOf } = this.#options;
    return entry.expiresAt > clock.now() && (!entry.isFixed || fixedOf(entry.mac) === entry.address);
  }

  #isFree(address: Ipv4): boolean {
    const entry = this.#store.at(address);
    return entry === undefined || !this.#isLive(entry);
  }

  #isOwn(lessee: Lessee, address: Ipv4): boolean {
    const entry = this.#store.at(address);
    return entry !== undefined && entry.state !== 'declined' && entry.key === lessee.key;
  }

  /** A client that is bound elsewhere in the range has to ask anew, so that it never holds two addresses. */
  #isBoundElsewhere(lessee: Lessee, address: Ipv4): boolean {
    const own = this.#store.of(lessee.key);
    return lessee.fixed === null && own?.state === 'bound' && own.address !== address && this.#isLive(own);
  }

  #isFor(lessee: Lessee, address: Ipv4): boolean {
    return lessee.fixed === null ? isWithin(this.#options.range, address) : address === lessee.fixed;
  }
}

function isWithin(range: AddressRange | null, address: Ipv4): boolean {
  return range !== null && address >= range.first && address <= range.last;
}

interface Store {
  at(address: Ipv4): Entry | undefined;
  of(key: ClientKey): Entry | undefined;
  put(entry: Entry): void;
  drop(address: Ipv4): void;
  /** An address of the range that was given back. */
  released(): Ipv4 | null;
  /** An address of the range whose entry is the first to expire in its state and is `over`. */
  oldest(isOver: (entry: Entry) => boolean): Ipv4 | null;
  all(): readonly Entry[];
}

/** The entries by address, by client, and by state in the order in which they expire: nothing is searched for. */
function openStore(isReusable: (address: Ipv4) => boolean): Store {
  const byClient = new Map<ClientKey, Entry>();
  const byAddress = new Map<Ipv4, Entry>();
  const released = new Set<Ipv4>();
  // Every entry of one state lives equally long, and a Map keeps the order of insertion: the first expires first.
  const queues = { offered: new Map<Ipv4, Entry>(), bound: new Map<Ipv4, Entry>(), declined: new Map<Ipv4, Entry>() };

  function forget(entry: Entry): void {
    byAddress.delete(entry.address);
    queues[entry.state].delete(entry.address);
    if (byClient.get(entry.key) === entry) byClient.delete(entry.key);
    if (isReusable(entry.address)) released.add(entry.address);
  }
  return {
    at: (address) => byAddress.get(address),
    of: (key) => byClient.get(key),
    put(entry) {
      const before = byAddress.get(entry.address);
      if (before !== undefined) forget(before);
      const other = entry.state === 'declined' ? undefined : byClient.get(entry.key);
      if (other !== undefined) forget(other);
      released.delete(entry.address);
      byAddress.set(entry.address, entry);
      if (!entry.isFixed) queues[entry.state].set(entry.address, entry);
      if (entry.state !== 'declined') byClient.set(entry.key, entry);
    },
    drop(address) {
      const entry = byAddress.get(address);
      if (entry !== undefined) forget(entry);
    },
    released: () => released.values().next().value ?? null,
    oldest(isOver) {
      for (const queue of Object.values(queues)) {
        const first = queue.values().next().value;
        if (first !== undefined && isOver(first)) return first.address;
      }
      return null;
    },
    all: () => [...byAddress.values()],
  };
}
