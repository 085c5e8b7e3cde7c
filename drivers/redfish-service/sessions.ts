import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';

export interface Session {
  readonly id: string;
  readonly token: string;
  readonly user: string;
  /** When it was used last, on the service's clock. */
  readonly usedAt: number;
}

/** As many as BMCs of the field keep; a client that never logs out meets the limit here as well. */
const MOST_SESSIONS = 16;
/** What a session may be set to last, in seconds (SessionService.v1_1_9, SessionTimeout). */
export const SHORTEST_S = 30;
export const LONGEST_S = 86_400;

/** The sessions of one BMC. One that nobody used for `timeout_s` is over. */
export class Sessions {
  timeout_s = 1_800;
  readonly #byId = new Map<string, Session>();
  #made = 0;

  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when there are as many as there can be. */
  open(user: string): Session | null {
    this.#forgetOld();
    if (this.#byId.size >= MOST_SESSIONS) return null;
    this.#made += 1;
    const session = { id: String(this.#made), token: randomBytes(24).toString('hex'), user, usedAt: this.#clock.now() };
    this.#byId.set(session.id, session);
    return session;
  }

  /** Who holds the token, which is used by it; null for nobody. */
  use(token: string): Session | null {
    this.#forgetOld();
    const found = [...this.#byId.values()].find((session) => session.token === token);
    if (found === undefined) return null;
    const used = { ...found, usedAt: this.#clock.now() };
    this.#byId.set(used.id, used);
    return used;
  }

  get(id: string): Session | null {
    this.#forgetOld();
    return this.#byId.get(id) ?? null;
  }

  all(): readonly Session[] {
    this.#forgetOld();
    return [...this.#byId.values()];
  }

  end(id: string): void {
    this.#byId.delete(id);
  }

  /** What a reset of the manager does. */
  endAll(): void {
    this.#byId.clear();
  }

  #forgetOld(): void {
    const last = this.#clock.now() - this.timeout_s * 1_000;
    for (const { id, usedAt } of this.#byId.values()) if (usedAt < last) this.#byId.delete(id);
  }
}
