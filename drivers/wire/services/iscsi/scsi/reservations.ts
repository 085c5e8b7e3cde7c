import { PersistentReservation } from './persistent-reservation.js';

/** What a command does to a unit, as far as reservations are concerned (SPC-4, table 70; SBC-3, table 4). */
export type Access =
  /** Allowed whoever has reserved the unit, in whatever way. */
  | 'any'
  /** Allowed by persistent reservations, not by RESERVE(6) of another nexus. */
  | 'free'
  | 'read'
  | 'write';

/** Who may do what with a unit: RESERVE(6) of SPC-2, and persistent reservations of SPC-4. */
export class Reservations {
  readonly persistent = new PersistentReservation();
  #holderOfSix: string | null = null;

  allows(nexus: string, access: Access): boolean {
    if (access === 'any') return true;
    if (this.#holderOfSix !== null && this.#holderOfSix !== nexus) return false;
    return access === 'free' || this.persistent.allows(nexus, access);
  }

  /** @returns false when another nexus holds the unit, or any is registered (SPC-4, section 5.13.3) */
  reserveSix(nexus: string): boolean {
    if (this.persistent.hasRegistrations) return false;
    if (this.#holderOfSix !== null && this.#holderOfSix !== nexus) return false;
    this.#holderOfSix = nexus;
    return true;
  }

  /** Releases what `nexus` holds; whatever is held when it is null. */
  releaseSix(nexus: string | null): void {
    if (nexus === null || this.#holderOfSix === nexus) this.#holderOfSix = null;
  }
}
